import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { dailyLimitExceeded } from '../errors.ts';
import { toSalesforceError } from '../http/failures.ts';
import { apiRefusal } from '../http/session-checks.ts';
import { NEWEST_VERSION, OLDEST_VERSION } from '../http/since.ts';
import type { SandboxOrg } from '../sandbox-org.ts';
import type { OpenCall, SoapCall } from './call.ts';
import { operationNamed } from './calls.ts';
import { type Dialect, dialectOf, PARTNER } from './dialects.ts';
import {
  clientFault,
  faultOf,
  invalidSession,
  noOperation,
  SoapFault,
  unsupportedVersion,
} from './faults.ts';
import { readHeaders } from './headers.ts';
import { readEnvelope } from './read-envelope.ts';
import { element, envelope, faultEnvelope } from './write-xml.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The call in a request to a SOAP endpoint, from its validation on; else null. */
    soap: OpenCall | null;
  }
}

interface Endpoint {
  Params: { letter: string; version: string; org?: string };
}

/** The endpoints of both APIs. Whatever goes wrong there leaves as a fault. */
export function soapRoutes(app: FastifyInstance, org: SandboxOrg): void {
  app.decorateRequest('soap', null);
  for (const path of ['/services/Soap/:letter/:version', '/services/Soap/:letter/:version/:org'])
    app.post<Endpoint>(
      path,
      {
        // Before the faults of the control URL are played, which ask what the call is about.
        preValidation: async (request) => prepare(app, org, request),
        errorHandler: (error, request, reply) => sendFault(error as FastifyError, request, reply),
      },
      async (request, reply) => {
        const call = request.soap!;
        const operation = operationNamed(call.input.name)!;
        const content = await operation.run(call as SoapCall);
        const tag = `${call.input.name}Response`;
        const header = operation.kind === 'login' ? '' : limitInfo(org);
        reply.type('text/xml;charset=UTF-8');
        return envelope(
          call.dialect,
          content === '' ? `<${tag}/>` : `<${tag}>${content}</${tag}>`,
          header,
        );
      },
    );
}

/** Reads the message, finds the session, and counts the call. */
function prepare(app: FastifyInstance, org: SandboxOrg, request: FastifyRequest<Endpoint>): void {
  const { body, params } = request;
  const dialect = dialectOf(params.letter);
  const version = versionOf(params.version);
  if (typeof body !== 'string') throw clientFault('The request holds no XML.');
  const { call: input, headers: sent } = readEnvelope(body);
  const operation = operationNamed(input.name);
  if (dialect === undefined || operation === undefined || input.namespace !== dialect.namespace)
    throw noOperation(input.namespace, input.name);
  const headers = readHeaders(sent, dialect.namespace);
  const call: OpenCall = { org, app, request, dialect, version, headers, input };
  if (operation.kind !== 'login') {
    const session = org.sessions.use(headers.sessionId ?? '');
    if (session === undefined) throw invalidSession();
    const refused = apiRefusal(org, session, request);
    const isExcused =
      operation.renewsPassword === true &&
      refused?.errorCode === 'INVALID_OPERATION_WITH_EXPIRED_PASSWORD';
    if (refused !== null && !isExcused) throw refused;
    request.session = session;
    Object.assign(call, { session });
    if (org.usage.used() >= org.usage.limit) throw dailyLimitExceeded();
    org.usage.count('soap');
  }
  request.soap = call;
}

function versionOf(text: string): string {
  const number = Number(/^(\d+)(?:\.0)?$/.exec(text)?.[1] ?? 0);
  if (number < OLDEST_VERSION || number > NEWEST_VERSION) throw unsupportedVersion();
  return `${number}.0`;
}

function limitInfo({ usage }: SandboxOrg): string {
  const parts = [
    element('current', String(usage.used())),
    element('limit', String(usage.limit)),
    element('type', 'API REQUESTS'),
  ];
  return `<LimitInfoHeader><limitInfo>${parts.join('')}</limitInfo></LimitInfoHeader>`;
}

function sendFault(error: FastifyError | SoapFault, request: FastifyRequest, reply: FastifyReply) {
  const fault = error instanceof SoapFault ? error : faultOf(toSalesforceError(error, request));
  const dialect: Dialect = dialectOf((request.params as Endpoint['Params']).letter) ?? PARTNER;
  return reply
    .code(fault.status)
    .type('text/xml;charset=UTF-8')
    .send(faultEnvelope(dialect, fault));
}
