import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { LEAD_FIELDS } from './fields.ts';
import { atLeast, atMost, type Figure, info, median, number, spread } from './figures.ts';
import type { Host } from './host.ts';
import { startOrg } from './org.ts';
import { type SandboxClient, sandboxClient } from './sandbox-client.ts';

const LEADS = 100_000;
const BULK_PAGE = 50_000;
const ROUNDS = 5;
const RECORDS = 200;
const PAGES_COMPARED = 15;

const COPY_SHARE = 0.5;
const COLLECTION_MS = 150;
const DEPTH_GROWTH = 1.5;

export const SANDBOX_METHOD = `The sandbox org decides what every other benchmark here can be, so its own speed is measured too: ${number(LEADS)} leads, the administrator's session, no zipping. A Bulk query selects ${LEAD_FIELDS.length} fields; its time runs from the request that makes the job to the last byte of the last page of ${number(BULK_PAGE)}. It takes turns with \`COPY (SELECT the same columns and rows) TO STDOUT\` on a connection of its own, ${ROUNDS} rounds after one that is not counted. A collection creates, then updates ${RECORDS} leads with eight fields. A query is paged to its end, 2,000 rows a page; its last ${PAGES_COMPARED} pages are compared with the first ones after the query itself.`;

/** What the sandbox org does by itself, measured against the database it stands on. */
export async function benchSandbox(host: Host): Promise<Figure[]> {
  const org = await startOrg(host, 'sandbox', { leads: LEADS });
  try {
    const client = await sandboxClient(org);
    return [
      ...(await bulkFigures(await host.database('org_sandbox'), client)),
      ...(await collectionFigures(client)),
      ...(await pageFigures(client)),
    ];
  } finally {
    await org.stop();
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const since = performance.now();
  await work();
  return performance.now() - since;
}

async function bulkFigures(url: string, client: SandboxClient): Promise<Figure[]> {
  const soql = `SELECT ${LEAD_FIELDS.join(', ')} FROM Lead`;
  const db = new pg.Client({ connectionString: url });
  await db.connect();
  const copies: number[] = [];
  const queries: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const copy = await timed(() => copyLeads(db));
    const query = await timed(() => client.bulkQuery(soql, BULK_PAGE));
    if (round === 0) continue;
    copies.push(copy / 1000);
    queries.push(query / 1000);
  }
  await db.end();
  const shares = copies.map((copy, i) => copy / queries[i]!);
  return [
    info('COPY TO of the leads, seconds', spread(copies)),
    info('a Bulk query of the same, job and pages, seconds', spread(queries)),
    info('rate of the Bulk query against COPY, each round', spread(shares)),
    atLeast('rate of the Bulk query against COPY', median(shares), COPY_SHARE),
  ];
}

async function copyLeads(db: pg.Client): Promise<void> {
  const columns = LEAD_FIELDS.map((name) => `"${name}"`).join(', ');
  const sql = `COPY (SELECT ${columns} FROM org."Lead" WHERE NOT "IsDeleted") TO STDOUT`;
  await pipeline(db.query(copyTo(sql)), new Writable({ write: (_chunk, _code, done) => done() }));
}

async function collectionFigures(client: SandboxClient): Promise<Figure[]> {
  const creates: number[] = [];
  const updates: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const records = Array.from({ length: RECORDS }, (_, i) => ({
      attributes: { type: 'Lead' },
      ...{ FirstName: 'Bench', LastName: `Collection ${round}.${i}`, Company: 'Bench' },
      ...{ Email: `c${round}.${i}@bench.example`, Title: 'Made', City: 'Aachen' },
      ...{ AnnualRevenue: i, HasOptedOutOfEmail: i % 2 === 0 },
    }));
    let made: { id: string }[] = [];
    const created = await timed(async () => {
      made = await client.json('POST', '/composite/sobjects', { records });
    });
    const changed = records.map((record, i) => ({ ...record, id: made[i]!.id, Title: 'Changed' }));
    const updated = await timed(() =>
      client.json('PATCH', '/composite/sobjects', { records: changed }),
    );
    if (round === 0) continue;
    creates.push(created);
    updates.push(updated);
  }
  return [
    info(`creating ${RECORDS} records in one call, milliseconds`, spread(creates, 0)),
    info(`updating ${RECORDS} records in one call, milliseconds`, spread(updates, 0)),
    atMost(
      `a collection of ${RECORDS}, the slower of both, milliseconds`,
      Math.max(median(creates), median(updates)),
      COLLECTION_MS,
      0,
    ),
  ];
}

async function pageFigures(client: SandboxClient): Promise<Figure[]> {
  interface Page {
    nextRecordsUrl?: string;
  }
  const times: number[] = [];
  const soql = encodeURIComponent('SELECT Id, LastName, Company, Email, SystemModstamp FROM Lead');
  let next: string | undefined = `/query?q=${soql}`;
  while (next !== undefined) {
    const path: string = next;
    times.push(
      await timed(async () => {
        next = (await client.json<Page>('GET', path)).nextRecordsUrl;
      }),
    );
  }
  const first = median(times.slice(1, 1 + PAGES_COMPARED));
  const last = median(times.slice(-PAGES_COMPARED - 1, -1));
  return [
    info('a page near the start of a query, milliseconds', number(first, 1)),
    info(`the same near its end, page ${number(times.length)}, milliseconds`, number(last, 1)),
    atMost('growth of the time from the first pages to the last', last / first, DEPTH_GROWTH),
  ];
}
