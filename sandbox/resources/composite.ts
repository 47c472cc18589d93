import type { FastifyInstance } from 'fastify';
import { isSince } from '../http/since.ts';
import type { SandboxOrg } from '../sandbox-org.ts';
import { readComposite } from './composite-request.ts';
import { compositeText, failure, runAllOrNone, runEach } from './composite-run.ts';

type OfVersion = { Params: { version: string } };

const MEMBERS = ['tree', 'batch', 'sobjects', 'graph'];

/** `POST composite`: up to 25 subrequests that may use each other's answers. `GET` lists its kin. */
export function compositeRoutes(app: FastifyInstance, org: SandboxOrg): void {
  const path = '/services/data/v:version/composite';

  app.get<OfVersion>(path, async ({ params }) => {
    const known = MEMBERS.filter((name) => isSince(params.version, `composite/${name}`));
    return Object.fromEntries(
      known.map((name) => [name, `/services/data/v${params.version}/composite/${name}`]),
    );
  });

  app.post<OfVersion>(path, async (request, reply) => {
    const version = Number(request.params.version);
    const { parts, allOrNone, refused } = readComposite(request.body, version);
    reply.type('application/json;charset=UTF-8');
    if (refused !== null)
      return reply.send(compositeText([{ referenceId: null }], [failure(refused)]));
    const run = { app, request, version };
    const responses = allOrNone
      ? (await runAllOrNone(run, org.pool, parts)).responses
      : await runEach(run, org.pool, parts);
    return reply.send(compositeText(parts, responses));
  });
}
