import type { SObject } from '../schema.ts';
import type { Compiled } from '../soql/compile.ts';
import { recordWriter } from '../soql/records.ts';
import { runById, runRows } from '../soql/run.ts';
import { quote, storable, tableSql } from '../storage.ts';
import { inTransaction } from '../transaction.ts';
import type { WriteContext } from '../writes/types.ts';
import { copyRows } from './copy-rows.ts';
import { columnsOf, compileFor, statementOf } from './create.ts';
import { csvLine } from './csv-reader.ts';
import { BatchError } from './failures.ts';
import { copySql } from './runner.ts';
import type { V1Batch, V1Job } from './v1-jobs.ts';
import { sObject } from './v1-xml.ts';

const PAGE = 2000;

/** Runs a batch's query and keeps its result. Returns the number of rows; throws a BatchError for what the query is refused with. */
export async function runQuery(
  context: WriteContext,
  job: V1Job,
  { id, request }: V1Batch,
): Promise<number> {
  const { org, db, session } = context;
  const version = Number.parseFloat(job.apiVersion);
  const compiled = await compileFor(
    { org, db, session, version },
    storable(request),
    job.operation === 'queryAll',
  ).catch((error) => {
    throw new BatchError(
      `InvalidBatch : Failed to process query: ${error.errorCode ?? ''}: ${error.message}`,
    );
  });
  if (compiled.object.name !== job.object)
    throw new BatchError(
      `InvalidBatch : Failed to process query: INVALID_TYPE_FOR_OPERATION: The root entity of the requested query (${compiled.object.name}) does not match the entity of the requested Bulk API Job (${job.object}).`,
    );
  await db.query('DELETE FROM org_meta.bulk_v1_result WHERE batch_id = $1', [id]);
  let part = 0;
  const keep = async (content: string) => {
    part += 1;
    await org.pool.query('INSERT INTO org_meta.bulk_v1_result VALUES ($1, $2, $3)', [
      id,
      part,
      content,
    ]);
  };
  if (job.contentType === 'CSV') return keepCsv(context, compiled, keep);
  return keepRecords(context, job, compiled, keep);
}

type Keep = (content: string) => Promise<void>;

async function keepCsv({ org }: WriteContext, compiled: Compiled, keep: Keep): Promise<number> {
  const columns = columnsOf(compiled);
  await keep(
    `${csvLine(
      columns.map(({ header }) => header),
      ',',
    )}\n`,
  );
  const sql = copySql({
    columns,
    statement: statementOf(compiled),
    params: compiled.params,
    columnDelimiter: 'COMMA',
  });
  let last: Promise<void> = Promise.resolve();
  return inTransaction(org.pool, (client) =>
    copyRows(client, sql, '\n', ({ bytes }) => {
      last = last.then(() => keep(bytes.toString()));
      return last;
    }),
  );
}

/** Parts are lists of records in JSON, or `records` elements in XML, without what stands between and around. */
async function keepRecords(
  { org }: WriteContext,
  job: V1Job,
  compiled: Compiled,
  keep: Keep,
): Promise<number> {
  const ids = (await runRows(org.pool, compiled.ids.sql, compiled.ids.params)).map(([id]) => id!);
  const write = recordWriter(compiled.shape, `/services/data/v${job.apiVersion}`);
  for (let from = 0; from < ids.length; from += PAGE) {
    const rows = await runById(org.pool, compiled, ids.slice(from, from + PAGE));
    const records = rows.map(write);
    await keep(
      job.contentType === 'JSON'
        ? records.join(',')
        : records.map((record) => sObject(JSON.parse(record))).join(''),
    );
  }
  return ids.length;
}

/** The queries of the chunks that PK chunking makes of one: each takes a range of ids. */
export async function chunksOf(
  { org }: WriteContext,
  object: SObject,
  soql: string,
  size: number,
): Promise<string[]> {
  const { rows } = await org.pool.query<{ id: string }>(
    `SELECT ${quote('Id')} AS id FROM (
       SELECT "Id", row_number() OVER (ORDER BY "Id") AS n FROM ${tableSql(object)}) numbered
     WHERE (n - 1) % $1 = 0 ORDER BY n`,
    [size],
  );
  return rows.map(({ id }, i) => {
    const next = rows[i + 1]?.id;
    const range = [`Id >= '${id}'`, ...(next === undefined ? [] : [`Id < '${next}'`])].join(
      ' AND ',
    );
    const where = /\bWHERE\b/i.exec(soql);
    if (where === null) return `${soql.trim()} WHERE ${range}`;
    const rest = soql.slice(where.index + where[0].length).trim();
    return `${soql.slice(0, where.index)}WHERE ${range} AND (${rest})`;
  });
}
