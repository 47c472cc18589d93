import Fastify, { type FastifyInstance, LogController } from 'fastify';
import { playFaults } from './control/playing.ts';
import { controlRoutes } from './control/routes.ts';
import { currentRequest, subrequestCaller } from './current-request.ts';
import { finishAnswers } from './http/answers.ts';
import { authorise } from './http/authorise.ts';
import { readBodies } from './http/bodies.ts';
import { answerFailures } from './http/failures.ts';
import { refuseLongHeads } from './http/long-heads.ts';
import { refuseXmlAnswers } from './http/media-types.ts';
import { refusePreflights } from './http/preflights.ts';
import { methodMeant, parametersOf, withoutSuffix, withSingleSlashes } from './http/urls.ts';
import { batchRoutes } from './resources/batch.ts';
import { bulkIngestRoutes } from './resources/bulk-ingest.ts';
import { bulkQueryRoutes } from './resources/bulk-query.ts';
import { bulkV1Routes } from './resources/bulk-v1.ts';
import { collectionRoutes } from './resources/collections.ts';
import { compositeRoutes } from './resources/composite.ts';
import { describeRoutes } from './resources/describe.ts';
import { graphRoutes } from './resources/graph.ts';
import { identityRoutes } from './resources/identity.ts';
import { limitRoutes } from './resources/limits.ts';
import { oauthRoutes } from './resources/oauth.ts';
import { queryRoutes } from './resources/query.ts';
import { recentRoutes } from './resources/recent.ts';
import { recordRoutes } from './resources/records.ts';
import { smallAnswerRoutes } from './resources/small-answers.ts';
import { streamingRoutes } from './resources/streaming.ts';
import { treeRoutes } from './resources/tree.ts';
import { userPasswordRoutes } from './resources/user-password.ts';
import { versionRoutes } from './resources/versions.ts';
import type { SandboxOrg } from './sandbox-org.ts';
import { soapRoutes } from './soap/routes.ts';
import { toolingRoutes } from './tooling/routes.ts';

/** Each file of resources/ adds its routes. */
const RESOURCES: ((app: FastifyInstance, org: SandboxOrg) => void)[] = [
  oauthRoutes,
  identityRoutes,
  soapRoutes,
  versionRoutes,
  limitRoutes,
  describeRoutes,
  queryRoutes,
  bulkQueryRoutes,
  bulkIngestRoutes,
  bulkV1Routes,
  recordRoutes,
  userPasswordRoutes,
  collectionRoutes,
  compositeRoutes,
  batchRoutes,
  treeRoutes,
  recentRoutes,
  smallAnswerRoutes,
  graphRoutes,
  streamingRoutes,
  toolingRoutes,
  controlRoutes,
];

/** The org's HTTP server, not yet listening. `logLevel` is pino's; the log goes to stderr. */
export function createServer(org: SandboxOrg, { logLevel = 'warn' } = {}): FastifyInstance {
  const app = Fastify({
    logger: { level: logLevel, stream: process.stderr },
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
    // Node's own limit would cut the connection off without Salesforce's answer; see long-heads.ts.
    http: { maxHeaderSize: 256 * 1024 },
    routerOptions: {
      caseSensitive: false,
      ignoreTrailingSlash: true,
      maxParamLength: 64 * 1024,
      querystringParser: parametersOf,
    },
    rewriteUrl: (request) => {
      const url = withSingleSlashes(request.url ?? '/');
      request.method = methodMeant(request.method ?? 'GET', url);
      return withoutSuffix(url);
    },
  });
  answerFailures(app);
  readBodies(app);
  refuseLongHeads(app);
  refusePreflights(app);
  authorise(app, org);
  refuseXmlAnswers(app);
  playFaults(app, org);
  followRequests(app);
  finishAnswers(app);
  for (const add of RESOURCES) add(app, org);
  return app;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Milliseconds, from the fault `late-commit`. */
    commitDelay: number;
  }
}

/** Lets code below the routes see which request it works for. */
function followRequests(app: FastifyInstance): void {
  app.decorateRequest('commitDelay', 0);
  app.addHook('preHandler', (request, _reply, done) => {
    const outer = subrequestCaller.getStore() === undefined ? undefined : currentRequest.getStore();
    const commitDelay = outer?.commitDelay ?? request.commitDelay;
    currentRequest.run({ url: request.url, commitDelay }, done);
  });
}
