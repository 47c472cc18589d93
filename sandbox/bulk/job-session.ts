import type { Session } from '../org.ts';
import type { SandboxOrg } from '../sandbox-org.ts';
import { NO_HEADERS, type WriteHeaders } from '../writes/write-headers.ts';

/** The rights of a job's owner as they are now; null when there is no such user any more. A job needs no session. */
export async function sessionOfOwner(org: SandboxOrg, userId: string): Promise<Session | null> {
  const user = await org.users.byId(userId);
  if (user === null) return null;
  const { username, profileId } = user;
  return { token: '', userId, username, profileId, access: org.permissions.accessOf(userId) };
}

/** Bulk loads assign nothing unless the job names a rule; duplicate rules hold as they do without headers. */
export const headersOf = ({
  assignmentRuleId,
}: {
  assignmentRuleId: string | null;
}): WriteHeaders => ({ ...NO_HEADERS, autoAssign: assignmentRuleId ?? false });
