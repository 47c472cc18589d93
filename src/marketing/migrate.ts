import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { type Database, openDatabase, type Transaction } from './database.ts';
import { ForeignDatabase, NewerSchema, SchemaRefused } from './errors.ts';

const FOLDER = new URL('../../migrations/', import.meta.url);

/** `COPY … HEADER MATCH`, which guards every staged page, came with 15. */
const OLDEST_POSTGRES = 15;

/** One number for all copies of Tandem: two that migrate at once take turns. */
const LOCK = 7_263_019_841_153n;

interface Migration {
  version: number;
  name: string;
  sql: string;
  checksum: string;
}

/**
 * Brings the database to this version's schema: forward only, a transaction each. Safe to run
 * twice and from several processes at once.
 * @throws ForeignDatabase, NewerSchema, SchemaRefused (PostgreSQL too old, a changed migration)
 */
export async function migrate(target: Database | string): Promise<{ applied: string[] }> {
  const own = typeof target === 'string' ? openDatabase(target, { max: 1 }) : null;
  const db = own ?? (target as Database);
  try {
    const migrations = await readMigrations();
    await refuseOldPostgres(db);
    const applied: string[] = [];
    // One pass per migration: the lock ends with each transaction, so each looks again.
    for (;;) {
      const name = await db.transaction((tx) => applyNext(tx, migrations));
      if (name === null) return { applied };
      applied.push(name);
    }
  } finally {
    await own?.end();
  }
}

async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(FOLDER)).filter((name) => /^\d{4}_.+\.sql$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, FOLDER), 'utf8');
      const checksum = createHash('sha256').update(sql.replaceAll('\r\n', '\n')).digest('hex');
      return { version: Number(name.slice(0, 4)), name, sql, checksum };
    }),
  );
}

async function refuseOldPostgres(db: Database): Promise<void> {
  const { rows } = await db.query<{ number: number; version: string }>(
    `select current_setting('server_version_num')::int as number,
       current_setting('server_version') as version`,
  );
  const server = rows[0]!;
  if (server.number < OLDEST_POSTGRES * 10_000) {
    throw new SchemaRefused(
      `The database runs PostgreSQL ${server.version}. Tandem needs ${OLDEST_POSTGRES} or newer: upgrade it, or set DATABASE_URL to another.`,
    );
  }
}

/** Applies the first migration still missing; null when there is none. */
async function applyNext(tx: Transaction, migrations: Migration[]): Promise<string | null> {
  // Waiting for another copy that migrates may take longer than a row lock should.
  await tx.query(`set local lock_timeout = '10min'`);
  await tx.query('select pg_advisory_xact_lock($1)', [LOCK]);
  const { rows } = await tx.query<{ journal: string | null }>(
    `select to_regclass('tandem.migration') as journal`,
  );
  if (rows[0]?.journal === null) {
    await refuseForeignSchemas(tx);
    await tx.query(`
      create schema if not exists tandem;
      create table tandem.migration (
        version integer primary key,
        name text not null,
        checksum text not null,
        applied_at timestamptz not null default now()
      )`);
  }
  const done = await readJournal(tx);
  refuseOtherHistory(done, migrations);
  const next = migrations.find((migration) => !done.has(migration.version));
  if (!next) return null;
  await tx.query(next.sql);
  await tx.query('insert into tandem.migration (version, name, checksum) values ($1, $2, $3)', [
    next.version,
    next.name,
    next.checksum,
  ]);
  return next.name;
}

/** An empty schema may have been made for us by whoever runs the database; a filled one was not. */
async function refuseForeignSchemas(tx: Transaction): Promise<void> {
  const { rows } = await tx.query<{ schema: string }>(
    `select n.nspname as schema from pg_namespace n
     where n.nspname in ('marketing', 'tandem')
       and (exists (select from pg_class c where c.relnamespace = n.oid)
         or exists (select from pg_proc f where f.pronamespace = n.oid))
     order by 1`,
  );
  if (rows.length > 0) {
    throw new ForeignDatabase(
      `The database already has a schema "${rows[0]!.schema}" that Tandem did not make. ` +
        'Nothing was changed. Set DATABASE_URL to a database without the schemas "marketing" and "tandem", or rename them.',
    );
  }
}

interface JournalEntry {
  version: number;
  name: string;
  checksum: string;
}

async function readJournal(tx: Transaction): Promise<Map<number, JournalEntry>> {
  const columns = await tx.query(
    `select 1 from information_schema.columns
     where table_schema = 'tandem' and table_name = 'migration'
       and column_name in ('version', 'name', 'checksum')`,
  );
  if (columns.rowCount !== 3) {
    throw new ForeignDatabase(
      'The database has a table tandem.migration that Tandem did not make. Nothing was changed. Set DATABASE_URL to another database.',
    );
  }
  const { rows } = await tx.query<JournalEntry>(
    'select version, name, checksum from tandem.migration',
  );
  return new Map(rows.map((row) => [row.version, row]));
}

function refuseOtherHistory(done: Map<number, JournalEntry>, migrations: Migration[]): void {
  const known = new Map(migrations.map((migration) => [migration.version, migration]));
  for (const entry of done.values()) {
    const migration = known.get(entry.version);
    if (!migration) {
      throw new NewerSchema(
        `The database's schema is newer than this version of Tandem: it has ${entry.name}. Run the newer Tandem; a schema never goes back.`,
      );
    }
    if (migration.checksum !== entry.checksum) {
      throw new SchemaRefused(
        `Migration ${entry.name} was changed after this database applied it. Restore the file as released; changes go into a new migration.`,
      );
    }
  }
}
