import type { FastifyRequest } from 'fastify';
import { SalesforceError } from '../errors.ts';
import { addressOf, isAllowedFrom } from '../logins.ts';
import type { SandboxOrg } from '../sandbox-org.ts';
import type { LiveSession } from '../sessions.ts';

const forbidden = (code: string, message: string) => new SalesforceError(403, code, message);

/** OAuth scopes that open the data API. */
const API_SCOPES = ['api', 'full'];

/** Why a live session may not use the REST API; null where it may. */
export function apiRefusal(
  org: SandboxOrg,
  session: LiveSession,
  request: FastifyRequest,
): SalesforceError | null {
  const scopes = session.scope?.split(' ');
  if (scopes !== undefined && !scopes.some((scope) => API_SCOPES.includes(scope)))
    return new SalesforceError(
      401,
      'INVALID_SESSION_ID',
      'This session is not valid for use with the REST API',
    );
  if (!org.settings.apiEnabled)
    return forbidden('API_DISABLED_FOR_ORG', 'The REST API is not enabled for this Organization.');
  if (!session.access.has('ApiEnabled'))
    return forbidden('API_CURRENTLY_DISABLED', 'API is disabled for this User');
  if (
    org.settings.enforceLoginIpRangesOnEveryRequest &&
    !isAllowedFrom(org, session.profileId, addressOf(request))
  )
    return new SalesforceError(401, 'INVALID_SESSION_ID', 'Session expired or invalid');
  if (session.passwordExpired === true)
    return forbidden(
      'INVALID_OPERATION_WITH_EXPIRED_PASSWORD',
      'The users password has expired, you must call SetPassword before attempting any other API operations',
    );
  return null;
}
