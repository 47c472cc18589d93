import type { Database } from '../src/marketing/database.ts';
import { BenchmarkFailed } from './failure.ts';
import { atLeast, type Figure, info, median, number, seconds, spread } from './figures.ts';
import type { Host } from './host.ts';
import { type Org, startOrg } from './org.ts';
import { type Load, startSync } from './sync.ts';

/** The part of the ideal rate that is asked for. */
const SHARE = 0.2;

interface Round {
  load: Load;
  /** Seconds of the plain COPY, and of the building of its indexes after it. */
  copy: number;
  indexes: number;
}

/**
 * The first copy of `rows` leads through Salesforce's protocols, Temporal, a worker and PostgreSQL,
 * against what PostgreSQL itself needs for the same rows; each round with a marketing database of its
 * own, and the two measured one after the other.
 */
export async function benchLoad(host: Host, rows: number, rounds: number): Promise<Figure[]> {
  const org = await startOrg(host, 'load', rows);
  try {
    const done: Round[] = [];
    for (let round = 1; round <= rounds; round += 1) done.push(await runRound(host, org, round));
    const shares = done.map(({ load, copy, indexes }) => (copy + indexes) / load.seconds);
    const [{ load }] = done as [Round];
    return [
      info(
        `${number(load.rows)} leads, start of the connection to the last commit`,
        seconds(median(done.map(({ load }) => load.seconds))),
      ),
      info(
        'rows a second, end to end',
        spread(
          done.map(({ load }) => load.rows / load.seconds),
          0,
        ),
      ),
      info(
        'ideal: COPY into a twin without indexes, then its indexes',
        done.map(({ copy, indexes }) => `${number(copy, 1)} + ${number(indexes, 1)} s`).join(', '),
      ),
      info(
        'ideal rows a second',
        spread(
          done.map(({ load, copy, indexes }) => load.rows / (copy + indexes)),
          0,
        ),
      ),
      { ...atLeast('share of the ideal', median(shares), SHARE), value: spread(shares) },
    ];
  } finally {
    await org.stop();
  }
}

async function runRound(host: Host, org: Org, round: number): Promise<Round> {
  const sync = await startSync(host, org, `load-${round}`);
  try {
    await sync.db.query('checkpoint');
    const load = await sync.load();
    if (load.rows !== org.leads)
      throw new BenchmarkFailed(`${load.rows} of ${org.leads} leads were loaded.`);
    host.report(`  round ${round}: ${number(load.rows / load.seconds)} rows a second end to end`);
    await sync.stopWorker();
    const ideal = await copyPlainly(sync.db);
    const rate = load.rows / (ideal.copy + ideal.indexes);
    host.report(`  round ${round}: ${number(rate)} rows a second is the ideal`);
    return { load, ...ideal };
  } finally {
    await sync.stop();
  }
}

/** COPY of the loaded columns into an empty twin of the table, from a file, then each of its indexes. */
async function copyPlainly(db: Database): Promise<{ copy: number; indexes: number }> {
  const columns = await loadedColumns(db);
  const { rows: places } = await db.query<{ file: string }>(
    `select current_setting('data_directory') || '/benchmark.copy' as file`,
  );
  const { file } = places[0]!;
  await db.query(
    `copy (select ${columns} from marketing.person where sfdc_type = 'Lead') to '${file}'`,
  );
  await db.query(
    'create table marketing.twin (like marketing.person including all excluding indexes)',
  );
  const { rows: indexes } = await db.query<{ definition: string }>(
    `select replace(replace(pg_get_indexdef(indexrelid), ' marketing.person ', ' marketing.twin '),
       'INDEX ', 'INDEX twin_') as definition
     from pg_index where indrelid = 'marketing.person'::regclass order by indexrelid`,
  );
  await db.query('checkpoint');
  const copy = await timed(() => db.query(`copy marketing.twin (${columns}) from '${file}'`));
  const built = await timed(async () => {
    for (const { definition } of indexes) await db.query(definition);
  });
  return { copy, indexes: built };
}

async function loadedColumns(db: Database): Promise<string> {
  const { rows } = await db.query<{ list: string }>(
    `select string_agg(quote_ident(column_name), ', ') as list from tandem.field
     where object = 'Lead' and direction in ('both', 'pull')`,
  );
  return rows[0]!.list;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const since = performance.now();
  await work();
  return (performance.now() - since) / 1000;
}
