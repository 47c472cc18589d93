import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { Database } from '../storage.ts';
import type { Staff } from './staff.ts';
import { ADMIN_USERNAME, SYNC_USERNAME } from './staff-rows.ts';

/** What clients log in with. A sandbox keeps all of it readable, so that whoever starts it can pass it on. */
export interface OrgCredentials {
  orgId: string;
  username: string;
  password: string;
  securityToken: string;
  clientId: string;
  clientSecret: string;
  /** The sync user's. */
  refreshToken: string;
  /** PEM (PKCS #8) of the key that signs the sync user's JWT assertions. */
  jwtPrivateKey: string;
  /** May do everything: a colleague in the CRM. */
  admin: { username: string; password: string; securityToken: string };
}

const letters = (bytes: number) => randomBytes(bytes).toString('base64url').replace(/[-_]/g, 'x');

/** Gives every user a password and a security token, and the org a connected app; random for each org. */
export async function createCredentials(db: Database, staff: Staff): Promise<void> {
  const { rows: users } = await db.query('SELECT "Id" AS id FROM org."User" ORDER BY "Id"');
  for (const { id } of users) {
    await db.query(
      'INSERT INTO org_meta.user_secret (user_id, password, security_token) VALUES ($1, $2, $3)',
      [id, letters(12), letters(18)],
    );
  }
  const clientId = `3MVG9${letters(60)}`;
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  await db.query(
    `INSERT INTO org_meta.connected_app
       (client_id, client_secret, run_as_user_id, jwt_public_key, jwt_private_key)
     VALUES ($1, $2, $3, $4, $5)`,
    [
      clientId,
      randomBytes(32).toString('hex').toUpperCase(),
      staff.syncUserId,
      pair.publicKey,
      pair.privateKey,
    ],
  );
  await db.query(
    'INSERT INTO org_meta.refresh_token (token, client_id, user_id) VALUES ($1, $2, $3)',
    [`5Aep861${letters(60)}`, clientId, staff.syncUserId],
  );
}

/** The credentials of a prepared org. */
export async function readCredentials(db: Database): Promise<OrgCredentials> {
  const { rows } = await db.query(
    `SELECT org.id AS "orgId", app.client_id AS "clientId", app.client_secret AS "clientSecret",
       app.jwt_private_key AS "jwtPrivateKey", token.token AS "refreshToken"
     FROM org_meta.org, org_meta.connected_app AS app
     JOIN org_meta.refresh_token AS token ON token.client_id = app.client_id AND NOT token.revoked
     LIMIT 1`,
  );
  if (rows.length === 0) {
    throw new Error('This org has no credentials yet: run prepareOrg on its database first');
  }
  const [sync, admin] = [await login(db, SYNC_USERNAME), await login(db, ADMIN_USERNAME)];
  return { ...rows[0], ...sync, admin };
}

async function login(db: Database, username: string): Promise<OrgCredentials['admin']> {
  const { rows } = await db.query(
    `SELECT u."Username" AS username, s.password, s.security_token AS "securityToken"
     FROM org."User" AS u JOIN org_meta.user_secret AS s ON s.user_id = u."Id"
     WHERE u."Username" = $1`,
    [username],
  );
  if (rows.length === 0) throw new Error(`This org has no user ${username}`);
  return rows[0];
}
