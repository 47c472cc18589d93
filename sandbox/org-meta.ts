import { makeIdFunction } from './ids.ts';
import { RULE_TABLES } from './rule-tables.ts';
import type { Database } from './storage.ts';

/**
 * Side tables of the org: what Salesforce knows but does not show as rows of an object. Everything
 * here can be made again; what exists stays.
 */
export async function createOrgMeta(db: Database): Promise<void> {
  await db.query('CREATE SCHEMA IF NOT EXISTS org_meta');
  await db.query(makeIdFunction());
  await db.query(SIDE_TABLES);
  await db.query(RULE_TABLES);
}

const SIDE_TABLES = `
  -- The one org of this database; seeded_at is null while its first rows are being made.
  CREATE TABLE IF NOT EXISTS org_meta.org (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    id text COLLATE "C" NOT NULL,
    leads bigint NOT NULL,
    contacts bigint NOT NULL,
    seeded_at timestamptz
  );
  -- What the storage was made from; see upgrade.ts.
  ALTER TABLE org_meta.org ADD COLUMN IF NOT EXISTS storage_hash text;

  -- Objects as they are now, in the form of schema.ts.
  CREATE TABLE IF NOT EXISTS org_meta.object (
    name text PRIMARY KEY,
    definition jsonb NOT NULL
  );

  CREATE TABLE IF NOT EXISTS org_meta.user_secret (
    user_id text COLLATE "C" PRIMARY KEY,
    password text NOT NULL,
    security_token text NOT NULL,
    frozen boolean NOT NULL DEFAULT false
  );
  ALTER TABLE org_meta.user_secret ADD COLUMN IF NOT EXISTS failed_logins int NOT NULL DEFAULT 0;
  ALTER TABLE org_meta.user_secret ADD COLUMN IF NOT EXISTS locked_until timestamptz;
  ALTER TABLE org_meta.user_secret ADD COLUMN IF NOT EXISTS password_expired boolean NOT NULL DEFAULT false;

  -- jwt_private_key is kept so that whoever starts the sandbox can hand it to a client.
  CREATE TABLE IF NOT EXISTS org_meta.connected_app (
    client_id text COLLATE "C" PRIMARY KEY,
    client_secret text NOT NULL,
    run_as_user_id text COLLATE "C",
    jwt_public_key text,
    jwt_private_key text
  );

  CREATE TABLE IF NOT EXISTS org_meta.refresh_token (
    token text COLLATE "C" PRIMARY KEY,
    client_id text COLLATE "C" NOT NULL,
    user_id text COLLATE "C" NOT NULL,
    revoked boolean NOT NULL DEFAULT false
  );

  -- condition_sql is true for a row that must be refused; it names columns as storage.ts does.
  CREATE TABLE IF NOT EXISTS org_meta.validation_rule (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    object text NOT NULL,
    name text NOT NULL,
    condition_sql text NOT NULL,
    message text NOT NULL,
    error_field text,
    active boolean NOT NULL DEFAULT true,
    UNIQUE (object, name)
  );

  -- Rows in the recycle bin, and purged ones, which getDeleted goes on telling of. root_id is the row
  -- whose delete took this one along: itself, or a parent.
  CREATE TABLE IF NOT EXISTS org_meta.deletion (
    id text COLLATE "C" PRIMARY KEY,
    object text NOT NULL,
    root_id text COLLATE "C" NOT NULL,
    deleted_at timestamptz(0) NOT NULL
  );
  CREATE INDEX IF NOT EXISTS deletion_root_id_idx ON org_meta.deletion (root_id);
  CREATE INDEX IF NOT EXISTS deletion_deleted_at_idx ON org_meta.deletion (object, deleted_at);

  -- What lookups held that a delete of their parent emptied, for an undelete.
  CREATE TABLE IF NOT EXISTS org_meta.emptied_lookup (
    row_id text COLLATE "C",
    object text NOT NULL,
    field text,
    parent_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (row_id, field)
  );
  CREATE INDEX IF NOT EXISTS emptied_lookup_parent_id_idx ON org_meta.emptied_lookup (parent_id);
`;
