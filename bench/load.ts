import { readLoads } from '../src/ledger/loads.ts';
import type { Database } from '../src/marketing/database.ts';
import { objectSpec } from '../src/sync/objects.ts';
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

/** SQL that fills a table's twin, and builds its indexes. */
interface Twin {
  copy: string;
  indexes: string[];
}

/**
 * The first copy of all objects, with `people` leads and contacts, through Salesforce's protocols,
 * Temporal, a worker and PostgreSQL, against what PostgreSQL itself needs for the same rows; each round
 * with a marketing database of its own, and the two measured one after the other.
 */
export async function benchLoad(host: Host, people: number, rounds: number): Promise<Figure[]> {
  const half = Math.floor(people / 2);
  const org = await startOrg(host, 'load', { leads: people - half, contacts: half });
  try {
    const done: Round[] = [];
    for (let round = 1; round <= rounds; round += 1) done.push(await runRound(host, org, round));
    const shares = done.map(({ load, copy, indexes }) => (copy + indexes) / load.seconds);
    const [{ load }] = done as [Round];
    return [
      info('rows of each object', list(load.objects)),
      info(
        `${number(load.rows)} rows, start of the connection to the last commit`,
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
        'ideal: COPY into twins without indexes, then their indexes',
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

/** COPY of the loaded columns of each table into an empty twin of it, from a file, then each of its indexes. */
async function copyPlainly(db: Database): Promise<{ copy: number; indexes: number }> {
  const loads = await readLoads(db);
  const tables = Map.groupBy(
    loads.map(({ object }) => object),
    (object) => objectSpec(object).table,
  );
  const twins: Twin[] = [];
  for (const [table, objects] of tables) twins.push(await prepareTwin(db, table, objects));
  await db.query('checkpoint');
  const copy = await timed(async () => {
    for (const { copy } of twins) await db.query(copy);
  });
  const indexes = await timed(async () => {
    for (const { indexes } of twins) for (const index of indexes) await db.query(index);
  });
  return { copy, indexes };
}

/** A table's rows in a file, its empty twin, and the statements that fill the twin and index it. */
async function prepareTwin(db: Database, table: string, objects: readonly string[]): Promise<Twin> {
  const { rows } = await db.query<{ list: string; file: string }>(
    `select string_agg(distinct quote_ident(column_name), ', ') as list,
       current_setting('data_directory') || '/benchmark-' || $1::text || '.copy' as file
     from tandem.field where object = any($2) and direction in ('both', 'pull')`,
    [table, objects],
  );
  const { list, file } = rows[0]!;
  const [own, twin] = [`marketing.${table}`, `marketing.twin_${table}`];
  await db.query(`copy (select ${list} from ${own} where sfdc_id is not null) to '${file}'`);
  await db.query(`create table ${twin} (like ${own} including all excluding indexes)`);
  const { rows: indexes } = await db.query<{ name: string; definition: string }>(
    `select relname as name, pg_get_indexdef(indexrelid) as definition
     from pg_index join pg_class on oid = indexrelid where indrelid = $1::regclass order by oid`,
    [own],
  );
  return {
    copy: `copy ${twin} (${list}) from '${file}'`,
    indexes: indexes.map(({ name, definition }) =>
      definition.replace(` ${name} `, ` twin_${name} `).replace(` ${own} `, ` ${twin} `),
    ),
  };
}

const list = (objects: Load['objects']) =>
  objects.map(({ object, rows }) => `${number(rows)} ${object}`).join(', ');

async function timed(work: () => Promise<unknown>): Promise<number> {
  const since = performance.now();
  await work();
  return (performance.now() - since) / 1000;
}
