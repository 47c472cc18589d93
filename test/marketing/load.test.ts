import { Readable } from 'node:stream';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keepJob, loseJob, openLoad, readLoad, unfinishedLoads } from '../../src/ledger/loads.ts';
import { PageIncomplete } from '../../src/marketing/errors.ts';
import {
  type LoadPage,
  loadFields,
  loadPage,
  loadPageByStaging,
} from '../../src/marketing/load.ts';
import { stageCsv } from '../../src/marketing/staging.ts';
import { csv, fixtureForTests, LEAD, row, sfdcId, T1 } from './fixture.ts';

const { fixture, db } = fixtureForTests();
let fields: string[];

beforeAll(async () => {
  fields = loadFields('Lead', fixture.mappings);
});
beforeEach(async () => {
  await db.syncTransaction((tx) =>
    tx.query('truncate marketing.person, tandem.load, tandem.watermark, tandem.sync_error cascade'),
  );
  await openLoad(db, 'Lead');
  await keepJob(db, 'Lead', { jobId: 'job', serverTime: new Date(T1) });
});

function page(rows: ReturnType<typeof row>[], changes: Partial<LoadPage> = {}): LoadPage {
  return {
    spec: LEAD,
    mappings: fixture.mappings,
    jobId: 'job',
    from: null,
    next: 'two',
    serverTime: new Date(T1),
    csv: csv(fields, rows),
    rows: rows.length,
    ...changes,
  };
}

const people = async () =>
  (await db.query<{ n: number }>('select count(*)::int as n from marketing.person')).rows[0]!.n;

describe('loading', () => {
  it('A2, N5: pages move the cursor with their rows; the last one sets the watermark', async () => {
    const first = page([row(LEAD, 1, { Street: 'a "b",\nc\0d', Company: '', LastName: 'É' })]);
    expect(await loadPage(db, first)).toEqual({ rows: 1, written: true, failed: 0 });
    expect(await readLoad(db, 'Lead')).toMatchObject({
      state: 'running',
      locator: 'two',
      done: 1,
      pages: 1,
    });
    expect(await unfinishedLoads(db)).toContainEqual({ object: 'Lead', reason: null });
    await loadPage(db, page([row(LEAD, 2)], { from: 'two', next: null }));
    expect(await readLoad(db, 'Lead')).toMatchObject({ state: 'done', done: 2 });
    expect((await unfinishedLoads(db)).map(({ object }) => object)).not.toContain('Lead');
    const { rows } = await db.query(
      'select address, company, last_name, sfdc_is_deleted from marketing.person order by sfdc_id limit 1',
    );
    expect(rows).toEqual([
      { address: 'a "b",\ncd', company: null, last_name: 'É', sfdc_is_deleted: false },
    ]);
    const watermark = await db.query<{ modstamp: Date }>('select modstamp from tandem.watermark');
    expect(watermark.rows[0]!.modstamp.toISOString()).toBe(T1);
  });

  it('N6: a page done before is not done again', async () => {
    await loadPage(db, page([row(LEAD, 1)]));
    expect(await loadPage(db, page([row(LEAD, 1)]))).toMatchObject({ written: false });
    expect(await people()).toBe(1);
  });

  it('A2: a page with rows seen before is refused whole, and goes by staging', async () => {
    await loadPage(db, page([row(LEAD, 1)]));
    const again = () =>
      page([row(LEAD, 1, { Phone: '2' }), row(LEAD, 2)], { from: 'two', next: null });
    await expect(loadPage(db, again())).rejects.toMatchObject({ name: 'PageRefused' });
    expect(await people()).toBe(1);
    expect(await loadPageByStaging(db, { ...again(), externalIdField: null })).toMatchObject({
      rows: 2,
      written: true,
      failed: 0,
    });
    expect(await people()).toBe(2);
    expect(await readLoad(db, 'Lead')).toMatchObject({ state: 'done', done: 3 });
  });

  it('N3: a value that does not cast refuses the page, and by staging is its record’s error', async () => {
    const bad = () =>
      page([row(LEAD, 1, { NumberOfEmployees: '5.0' }), row(LEAD, 2, { Born__c: 'never' })]);
    await expect(loadPage(db, bad())).rejects.toMatchObject({ name: 'PageRefused' });
    expect(await loadPageByStaging(db, { ...bad(), externalIdField: null })).toMatchObject({
      failed: 1,
    });
    const { rows } = await db.query('select sfdc_id, num_employees from marketing.person');
    expect(rows).toEqual([{ sfdc_id: sfdcId(LEAD, 1), num_employees: 5 }]);
  });

  it.each([
    ['shorter than announced', () => page([row(LEAD, 1)], { rows: 2 })],
    [
      'cut inside a row',
      () =>
        page([], { csv: Readable.from([Buffer.from(`${fields.join(',')}\n"00Q`)]), rows: null }),
    ],
    [
      'with columns in another order',
      () => page([], { csv: csv([...fields].reverse(), [row(LEAD, 1)]), rows: 1 }),
    ],
    ['that is empty', () => page([], { csv: Readable.from([]), rows: 1 })],
  ])('A2: a page %s is PageIncomplete, and nothing of it is kept', async (_what, make) => {
    await expect(loadPage(db, make())).rejects.toBeInstanceOf(PageIncomplete);
    await expect(
      loadPageByStaging(db, { ...make(), externalIdField: null }),
    ).rejects.toBeInstanceOf(PageIncomplete);
    expect(await people()).toBe(0);
    expect(await readLoad(db, 'Lead')).toMatchObject({ locator: null, done: 0 });
  });

  it('A2: an error of the stream comes through, and nothing of the page is kept', async () => {
    const broken = new Readable({ read() {} });
    broken.push(`${fields.join(',')}\n`);
    const loading = loadPage(db, page([], { csv: broken, rows: null }));
    broken.destroy(new TypeError('the line went dead'));
    await expect(loading).rejects.toThrow(/line went dead/);
    expect(await people()).toBe(0);
  });

  it('A2: an error in the middle of the stream comes through as well', async () => {
    const line = (n: number) =>
      `${fields.map((field) => ({ Id: sfdcId(LEAD, n), IsDeleted: 'false' })[field] ?? '').join(',')}\n`;
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from(`${fields.join(',')}\n`);
        for (let n = 0; n < 5_000; n++) yield Buffer.from(line(n));
        throw new TypeError('the line went dead');
      })(),
    );
    const dead = { csv: broken, rows: null };
    await expect(loadPage(db, page([], dead))).rejects.toThrow(/line went dead/);
    expect(await people()).toBe(0);
    expect(await loadPage(db, page([row(LEAD, 1)]))).toMatchObject({ written: true });
  });

  it('A2: after a lost job the pages of the next one go by staging', async () => {
    await loadPage(db, page([row(LEAD, 1)]));
    await loseJob(db, 'Lead', 'job');
    expect(await keepJob(db, 'Lead', { jobId: 'next', serverTime: new Date(T1) })).toMatchObject({
      byStaging: true,
      jobId: 'next',
      done: 0,
      locator: null,
    });
    await loseJob(db, 'Lead', 'job');
    expect((await readLoad(db, 'Lead'))!.jobId).toBe('next');
  });

  it('trap 13: staged CSV keeps every character but NUL', async () => {
    const value = 'tab\t back\\slash "quote" \u2028 😀 \\N';
    await stageCsv(
      db,
      'Lead',
      ['Id', 'LastName'],
      csv(['Id', 'LastName'], [{ Id: 'x', LastName: `${value}\0` }]),
    );
    const { rows } = await db.query('select "LastName" as value from tandem.staged_lead');
    expect(rows).toEqual([{ value }]);
    await db.query('truncate tandem.staged_lead');
  });

  it('shows how fast a page of 20,000 rows goes in', async () => {
    const rows = Array.from({ length: 20_000 }, (_, n) =>
      row(LEAD, n, {
        LastName: `Last ${n}`,
        Email: `p${n}@x.example`,
        Company: `Company ${n % 50}`,
      }),
    );
    const one = page(rows);
    const began = performance.now();
    await loadPage(db, one);
    const seconds = (performance.now() - began) / 1000;
    console.info(`COPY of a page: ${Math.round(rows.length / seconds)} rows a second`);
    expect(await people()).toBe(rows.length);
  });
});
