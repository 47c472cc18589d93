import { generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import pg from 'pg';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';

/** A database of its own with what an earlier release left in it: see upgrade.test.ts. */
export async function restored(name: 'marketing' | 'org'): Promise<FreshDatabase> {
  const packed = await readFile(join(import.meta.dirname, `${name}.sql.gz`));
  const sql = String(await promisify(gunzip)(packed));
  const database = await freshDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    await client.query(sql);
    if (name === 'org') await giveKey(client);
  } finally {
    await client.end();
  }
  return database;
}

/** The dump holds no key. */
async function giveKey(client: pg.Client): Promise<void> {
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  await client.query(
    'update org_meta.connected_app set jwt_public_key = $1, jwt_private_key = $2',
    [pair.publicKey, pair.privateKey],
  );
}
