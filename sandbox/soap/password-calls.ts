import { randomBytes } from 'node:crypto';
import { insufficientAccessOnReference, invalidCrossReference } from '../errors.ts';
import { idOfRightShape } from '../writes/id-shape.ts';
import type { SoapCall } from './call.ts';
import { SoapFault } from './faults.ts';
import { textOf } from './read-envelope.ts';
import { result } from './write-results.ts';

const SHORTEST = 8;

export async function setPassword(call: SoapCall): Promise<string> {
  const password = textOf(call.input, 'password') ?? '';
  if (password.length < SHORTEST)
    throw new SoapFault(
      'INVALID_NEW_PASSWORD',
      `Your password must be at least ${SHORTEST} characters long.`,
    );
  await keep(call, password);
  return result(call, {});
}

export async function resetPassword(call: SoapCall): Promise<string> {
  const password = randomBytes(9).toString('base64url');
  await keep(call, password);
  return result(call, { password });
}

/** Users may change their own password; an administrator anybody's. */
async function keep({ org, session, input }: SoapCall, password: string): Promise<void> {
  const id = idOfRightShape(textOf(input, 'userId') ?? '');
  const user = id === null ? null : await org.users.byId(id);
  if (user === null) throw invalidCrossReference();
  if (user.id !== session.userId && !org.permissions.isAdministrator(session.profileId))
    throw insufficientAccessOnReference();
  await org.pool.query(
    `INSERT INTO org_meta.user_secret (user_id, password, security_token) VALUES ($1, $2, $3)
     ON CONFLICT (user_id) DO UPDATE SET password = EXCLUDED.password, password_expired = false,
       failed_logins = 0, locked_until = NULL`,
    [user.id, password, randomBytes(18).toString('base64url')],
  );
  if (user.id === session.userId) session.passwordExpired = false;
}
