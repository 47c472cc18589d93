import type { FastifyInstance } from 'fastify';
import type { SandboxOrg } from '../sandbox-org.ts';
import { tooManyFailedGraphs } from './composite-failures.ts';
import { compositeText, failure, runAllOrNone } from './composite-run.ts';
import { readGraphs } from './graph-request.ts';

/** With more failures than this, the graphs that are left are not run. */
const MOST_FAILURES = 14;

/** `POST composite/graph`: composites of records, each all or nothing, none dependent on another. */
export function graphRoutes(app: FastifyInstance, org: SandboxOrg): void {
  app.post<{ Params: { version: string } }>(
    '/services/data/v:version/composite/graph',
    async (request, reply) => {
      const version = Number(request.params.version);
      const graphs = readGraphs(request.body, version);
      const answers: string[] = [];
      let failures = 0;
      for (const { graphId, parts } of graphs) {
        const { isSuccessful, responses } =
          failures > MOST_FAILURES
            ? { isSuccessful: false, responses: parts.map(() => failure(tooManyFailedGraphs())) }
            : await runAllOrNone({ app, request, version }, org.pool, parts);
        if (!isSuccessful) failures += 1;
        answers.push(
          `{"graphId":${JSON.stringify(graphId)},"graphResponse":${compositeText(parts, responses)},"isSuccessful":${isSuccessful}}`,
        );
      }
      return reply.type('application/json;charset=UTF-8').send(`{"graphs":[${answers.join(',')}]}`);
    },
  );
}
