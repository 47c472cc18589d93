import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { noExternalIdField, notFound, SalesforceError } from '../errors.ts';

import { keepPassword, makePassword, mayChangePassword, passwordProblem } from '../passwords.ts';
import type { SandboxOrg } from '../sandbox-org.ts';
import { idOfRightShape } from '../writes/id-shape.ts';
import { BASE, sendJson } from './record-request.ts';

type Request = FastifyRequest<{ Params: { id: string } }>;

/** The password of a user: whether it has expired, a new one, or one made up. */
export function userPasswordRoutes(app: FastifyInstance, org: SandboxOrg): void {
  const path = `${BASE}/sobjects/User/:id/password`;

  app.get(path, async (request: Request, reply) => {
    const user = await userOf(org, request);
    const secrets = await org.users.secretsOf(user.username);
    return sendJson(reply, 200, { isExpired: secrets?.passwordExpired === true });
  });

  app.post(path, async (request: Request, reply): Promise<FastifyReply> => {
    const user = await userOf(org, request);
    const { NewPassword } = Object(request.body) as { NewPassword?: unknown };
    const password = typeof NewPassword === 'string' ? NewPassword : '';
    const problem = passwordProblem(password);
    if (problem !== null) throw new SalesforceError(400, 'INVALID_NEW_PASSWORD', problem);
    await keepPassword(org, request.session, user.id, password);
    return reply.code(204).send();
  });

  app.delete(path, async (request: Request, reply) => {
    const user = await userOf(org, request);
    const password = makePassword();
    await keepPassword(org, request.session, user.id, password);
    return sendJson(reply, 200, { NewPassword: password });
  });
}

async function userOf(org: SandboxOrg, { params, session }: Request) {
  const id = idOfRightShape(params.id);
  if (id === null) throw noExternalIdField(params.id);
  const user = await org.users.byId(id);
  if (user === null) throw notFound();
  if (mayChangePassword(org, session, user.id)) return user;
  throw new SalesforceError(
    403,
    'INSUFFICIENT_ACCESS',
    'You do not have permission to view this record.',
  );
}
