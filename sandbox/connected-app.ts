import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Pool } from 'pg';

const KEY_FILE = 'jwt-private-key.pem';

/** A client that may ask for tokens. */
export interface ConnectedApp {
  clientId: string;
  clientSecret: string;
  /** Whom the client credentials flow acts as; null where the flow is off. */
  runAsUserId: string | null;
  /** PEM; null where no certificate was uploaded. */
  jwtPublicKey: string | null;
}

export async function findConnectedApp(pool: Pool, clientId: string): Promise<ConnectedApp | null> {
  const { rows } = await pool.query(
    `SELECT client_id AS "clientId", client_secret AS "clientSecret",
            run_as_user_id AS "runAsUserId", jwt_public_key AS "jwtPublicKey"
     FROM org_meta.connected_app WHERE client_id = $1`,
    [clientId],
  );
  return rows[0] ?? null;
}

/** Gives the sync user a new refresh token where every one it had was revoked. */
export async function replaceRevokedRefreshToken(pool: Pool): Promise<void> {
  await pool.query(
    `INSERT INTO org_meta.refresh_token (token, client_id, user_id)
     SELECT $1, app.client_id, app.run_as_user_id FROM org_meta.connected_app AS app
     WHERE app.run_as_user_id IS NOT NULL AND NOT EXISTS (
       SELECT FROM org_meta.refresh_token AS live
       WHERE live.client_id = app.client_id AND NOT live.revoked)`,
    [`5Aep861${randomBytes(45).toString('hex')}`],
  );
}

/** Writes the private key for the JWT bearer flow into `folder` (mode 0600) and returns its path. */
export async function writeKeyFile(folder: string, pem: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = resolve(folder, KEY_FILE);
  await rm(file, { force: true });
  await writeFile(file, pem, { mode: 0o600 });
  return file;
}
