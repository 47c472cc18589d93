import type { PoolClient } from 'pg';
import pg from 'pg';
import { isDatabaseAway, outliveConnections } from '../database-away.ts';
import type { Org } from '../org.ts';
import type { Field } from '../schema.ts';
import { csvSql } from '../soql/csv.ts';
import type { Column } from '../soql/scope.ts';
import { copyRows } from './copy-rows.ts';
import { findJob, moveJob, type QueryJob, type ResultColumn } from './jobs.ts';
import { ReadingSocket } from './reading-socket.ts';
import type { ResultFiles } from './result-files.ts';
import { DELIMITERS } from './results.ts';
import { halvesOf } from './statement-halves.ts';
import { JOBS_AT_ONCE, Work } from './work.ts';

/** Connections that a job may hold while it runs. */
const CONNECTIONS_OF_A_JOB = 2;

/**
 * Runs jobs in the background, in the order they came. A result is the rows as they stood when the
 * job ran, kept in a file of its own: so every page is the same however often it is read.
 */
export class JobRunner {
  readonly #org: Org;
  readonly #copying: pg.Pool;
  readonly #files: ResultFiles;
  readonly #work: Work;
  /** Job → PostgreSQL's processes that work for it. */
  readonly #backends = new Map<string, number[]>();

  constructor(org: Org, files: ResultFiles) {
    this.#org = org;
    this.#files = files;
    this.#copying = copyingPool(org.pool);
    this.#work = new Work((id) => this.#run(id));
  }

  start({ id }: Pick<QueryJob, 'id'>): void {
    this.#work.add(id);
  }

  /** Breaks off a job that is running. */
  async cancel(id: string): Promise<void> {
    await cancelBackends(this.#org.pool, this.#backends.get(id) ?? []);
  }

  /** Starts no more, breaks off those running (they start again with the server) and waits for them. */
  async stop(): Promise<void> {
    const ended = this.#work.stop();
    for (const id of this.#backends.keys()) await this.cancel(id);
    await ended;
    await this.#copying.end();
  }

  async #run(id: string): Promise<void> {
    const { pool } = this.#org;
    const started = performance.now();
    const states = ['UploadComplete', 'InProgress', 'JobComplete'] as const;
    if (!(await moveJob(pool, id, [...states], 'InProgress', this.#org.now()))) return;
    const job = await findJob(pool, id);
    const backends: number[] = [];
    this.#backends.set(id, backends);
    try {
      const result = await this.#keep(job, backends);
      const totalProcessingTime = Math.round(performance.now() - started);
      const facts = { ...result, totalProcessingTime };
      const finished = await moveJob(
        pool,
        job.id,
        ['InProgress'],
        'JobComplete',
        this.#org.now(),
        facts,
      );
      if (!finished) await this.#files.remove(job.id);
    } catch (error) {
      if (isDatabaseAway(error)) throw error;
      await this.#fail(job, error);
    } finally {
      this.#backends.delete(id);
    }
  }

  /**
   * Copies the rows as they stand into the job's file, in CSV's form, which costs little more than a
   * plain COPY of them: the pages are then read as they lie. A file left from before is replaced.
   */
  async #keep(job: QueryJob, backends: number[]) {
    const writer = await this.#files.write(job.id);
    const clients: PoolClient[] = [];
    const connect = async () => {
      const client = await this.#copying.connect();
      clients.push(client);
      backends.push(await backendOf(client));
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      return client;
    };
    const ending = job.lineEnding === 'CRLF' ? '\r\n' : '\n';
    const copy = (client: PoolClient, statement: string) =>
      copyRows(client, copySql({ ...job, statement }), ending, (chunk) => writer.add(chunk));
    let isBroken = true;
    try {
      const first = await connect();
      const statements = await halvesOf(first, job.statement);
      const copying = [first];
      if (statements.length > 1) {
        const { rows } = await first.query<{ id: string }>('SELECT pg_export_snapshot() AS id');
        const second = await connect();
        await second.query(`SET TRANSACTION SNAPSHOT ${pg.escapeLiteral(rows[0]!.id)}`);
        copying.push(second);
      }
      const copies = copying.map((client, i) => copy(client, statements[i]!));
      const counts = await Promise.all(copies).catch(async (error) => {
        await cancelBackends(this.#org.pool, backends);
        await Promise.allSettled(copies);
        throw error;
      });
      for (const client of clients) await client.query('COMMIT');
      isBroken = false;
      return { records: counts.reduce((sum, count) => sum + count, 0), parts: writer.parts };
    } finally {
      // After a failure the connection may be what broke.
      for (const client of clients) client.release(isBroken);
      backends.length = 0;
      await writer.close();
    }
  }

  async #fail(job: QueryJob, error: unknown): Promise<void> {
    if (this.#work.stopped) return;
    const errorMessage = error instanceof Error ? error.message : String(error);
    await moveJob(this.#org.pool, job.id, ['InProgress'], 'Failed', this.#org.now(), {
      errorMessage: `InternalServerError : ${errorMessage}`,
    });
  }
}

/** Connections to the database of `pool`, made for copying. */
function copyingPool({ options }: pg.Pool): pg.Pool {
  const copying = new pg.Pool({
    ...options,
    // pg hides it from a spread.
    password: options.password,
    max: JOBS_AT_ONCE * CONNECTIONS_OF_A_JOB,
    stream: () => new ReadingSocket(),
    // Compiling the expressions to machine code takes longer than it saves, and so does handing each
    // row from one process of PostgreSQL to another.
    options: '-c jit=off -c max_parallel_workers_per_gather=0',
  });
  outliveConnections(copying, () => undefined);
  return copying;
}

async function cancelBackends(pool: pg.Pool, backends: number[]): Promise<void> {
  for (const backend of backends) await pool.query('SELECT pg_cancel_backend($1)', [backend]);
}

async function backendOf(client: PoolClient): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]!.pid;
}

/** COPY takes no parameters. */
export function copySql(
  job: Pick<QueryJob, 'columns' | 'statement' | 'params' | 'columnDelimiter'>,
): string {
  const columns = job.columns.map((column, i) => csvSql(asColumn(column, `c${i}`)));
  return `COPY (SELECT ${columns.join(', ')} FROM (${withLiterals(job.statement, job.params)}) found)
    TO STDOUT (FORMAT csv, FORCE_QUOTE *, DELIMITER '${DELIMITERS[job.columnDelimiter] ?? ','}')`;
}

function asColumn(
  { type, viaParent }: ResultColumn,
  sql: string,
): Pick<Column, 'field' | 'sql' | 'viaParent'> {
  return { field: { type } as Field, sql, viaParent };
}

function withLiterals(sql: string, params: unknown[]): string {
  return sql.replace(/'(?:[^']|'')*'|"[^"]*"|\$(\d+)/g, (whole, number?: string) =>
    number === undefined ? whole : literal(params[Number(number) - 1]),
  );
}

function literal(value: unknown): string {
  if (Array.isArray(value)) return `ARRAY[${value.map(literal).join(', ')}]::text[]`;
  return value === null || value === undefined ? 'NULL' : pg.escapeLiteral(String(value));
}
