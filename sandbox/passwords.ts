import { randomBytes } from 'node:crypto';
import type { Session } from './org.ts';
import type { SandboxOrg } from './sandbox-org.ts';

const SHORTEST = 8;

/** Why a new password is refused (INVALID_NEW_PASSWORD); null when it will do. */
export function passwordProblem(password: string): string | null {
  return password.length < SHORTEST
    ? `Your password must be at least ${SHORTEST} characters long.`
    : null;
}

export function makePassword(): string {
  return randomBytes(9).toString('base64url');
}

/** Users may change their own password; an administrator anybody's. */
export function mayChangePassword(org: SandboxOrg, session: Session, userId: string): boolean {
  return userId === session.userId || org.permissions.isAdministrator(session.profileId);
}

/** Sets a password, which ends a lockout. */
export async function keepPassword(
  org: SandboxOrg,
  session: Session,
  userId: string,
  password: string,
): Promise<void> {
  await org.pool.query(
    `INSERT INTO org_meta.user_secret (user_id, password, security_token) VALUES ($1, $2, $3)
     ON CONFLICT (user_id) DO UPDATE SET password = EXCLUDED.password, password_expired = false,
       failed_logins = 0, locked_until = NULL`,
    [userId, password, randomBytes(18).toString('base64url')],
  );
  if (userId === session.userId) session.passwordExpired = false;
}
