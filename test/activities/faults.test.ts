import { ApplicationFailure } from '@temporalio/common';
import { beforeAll, describe, expect, it } from 'vitest';
import type { FailureDetails } from '../../activities/failures.ts';
import type { Activities } from '../../activities/index.ts';
import { differences } from '../support/converge.ts';
import { pairForTests } from './support.ts';

const pair = pairForTests(
  {
    people: { createInSalesforce: 'always', onDelete: 'delete' },
    bulk: { pageSize: 1_000, queryThreshold: 1_000 },
  },
  { people: 120 },
);
beforeAll(async () => {
  await pair.load();
});

/** What each fault does to a step that meets it: nothing, since the client deals with it, or a failure. */
const FAULTS: [Record<string, unknown>, FailureDetails['remedy'][]][] = [
  [{ kind: 'error' }, ['retry']],
  [{ kind: 'error', status: 500 }, ['retry']],
  [{ kind: 'drop-before' }, ['retry']],
  [{ kind: 'drop-after' }, ['retry']],
  [{ kind: 'drop-after', path: '/services/data/' }, ['retry']],
  [{ kind: 'expire-session' }, ['cycle']],
  [{ kind: 'concurrent-limit' }, ['retry']],
  [{ kind: 'limit' }, ['window']],
  [{ kind: 'row-lock' }, ['retry']],
  [{ kind: 'break-page' }, ['retry']],
  [{ kind: 'corrupt-csv' }, ['retry']],
];

let number = 0;
/** Changes of every kind on both sides, on people that no other fault has. */
async function change(): Promise<string> {
  number += 1;
  const tag = `fault ${number}`;
  for (const object of ['Lead', 'Contact']) {
    const where = object === 'Lead' ? ' WHERE IsConverted = false' : '';
    const rows = await pair.crm.query(`SELECT Id FROM ${object}${where} ORDER BY Id`);
    const [edited, both] = [rows[number * 2]!.Id!, rows[number * 2 + 1]!.Id!];
    await pair.crm.update(object, edited, { Phone: tag });
    await pair.crm.update(object, both, { Fax: `their ${tag}` });
    await pair.sql('update marketing.person set fax = $2 where sfdc_id = $1', [both, `our ${tag}`]);
    await pair.sql('update marketing.person set job_title = $2 where sfdc_id = $1', [edited, tag]);
  }
  await pair.sql(`insert into marketing.person (last_name, email) values ($1, $2)`, [
    tag,
    `fault${number}@faults.example`,
  ]);
  return tag;
}

describe.each(FAULTS)('each step under the fault %j', (fault, remedies) => {
  /** The step meets the fault up to three times, each once; then it has to go through. */
  async function stubborn<Name extends keyof Activities>(
    name: Name,
    input: Omit<Parameters<Activities[Name]>[0], 'connection'>,
  ): Promise<Awaited<ReturnType<Activities[Name]>>> {
    await pair.control('POST', '/faults', { ...fault, times: 2 });
    try {
      for (let tries = 1; ; tries += 1) {
        try {
          return await pair.run(name, input);
        } catch (error) {
          if (!(error instanceof ApplicationFailure)) throw error;
          const [details] = error.details as [FailureDetails];
          expect(remedies, `${name}: ${error.message}`).toContain(details.remedy);
          if (tries > 4) throw error;
          // As the workflow does when the window has moved on: a look at the org tells what is free.
          if (details.remedy === 'window')
            await pair.run('prepareConnection', {}).catch(() => null);
        }
      }
    } finally {
      await pair.control('DELETE', '/faults');
    }
  }

  it('N3, N6: a cycle by REST ends as without it', async () => {
    await change();
    const run = `rest ${JSON.stringify(fault)}`;
    await stubborn('prepareConnection', {});
    const { objects } = await stubborn('fetchChanges', { run });
    for (const { object, serverTime } of objects) {
      await stubborn('resolveConflicts', { run, object });
      await stubborn('writeMarketing', { run, object, serverTime });
    }
    for (const { object } of objects) await stubborn('writeSalesforce', { run, object });
    await stubborn('endCycle', { run, failures: [], pauseMs: 1_000 });
    await pair.sql('update tandem.sync_error set next_try = null where resolved_at is null');
    await pair.cycle(`${run} echo`);
    await pair.cycle(`${run} quiet`);
    expect(await differences(pair)).toEqual([]);
    const made = await pair.crm.query(
      `SELECT Id FROM Lead WHERE Email = 'fault${number}@faults.example'`,
      { deletedToo: true },
    );
    expect(made).toHaveLength(1);
    const conflicts = await pair.sql('select from tandem.conflict where marketing = $1', [
      `our fault ${number}`,
    ]);
    expect(conflicts).toHaveLength(2);
  });

  it('A2, N3, N6: a page of the load and a page by Bulk API are there once, as without it', async () => {
    const [before] = await pair.sql('select count(*)::int as count from marketing.person');
    await pair.own.db.syncTransaction(async (tx) => {
      await tx.query(`delete from marketing.person where sfdc_type = 'Contact'`);
      await tx.query(`delete from tandem.load where object = 'Contact'`);
    });
    await stubborn('prepareLoad', {});
    while (!(await stubborn('loadPage', { object: 'Contact' })).finished);
    const [after] = await pair.sql('select count(*)::int as count from marketing.person');
    expect(after).toEqual(before);

    const contacts = await pair.crm.query('SELECT Id FROM Contact ORDER BY Id LIMIT 3');
    for (const { Id } of contacts)
      await pair.crm.update('Contact', Id!, { Phone: `bulk ${number}` });
    const run = `bulk ${JSON.stringify(fault)}`;
    const serverTime = new Date().toISOString();
    const job = await stubborn('startBulkPull', { run, object: 'Contact' });
    await stubborn('fetchPage', { run, object: 'Contact', job, locator: null });
    await pair.run('writeMarketing', { run, object: 'Contact', serverTime });
    expect(await differences(pair)).toEqual([]);
  });
});
