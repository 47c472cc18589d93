import type { FastifyInstance, FastifyRequest } from 'fastify';
import { SalesforceError } from '../errors.ts';
import { pathOf } from './urls.ts';

/** A body of a type that nothing reads. */
export const contentTypeNotSupported = ({ headers }: Pick<FastifyRequest, 'headers'>) =>
  new SalesforceError(
    415,
    'UNSUPPORTED_MEDIA_TYPE',
    `Content-Type header specified in HTTP request is not supported: ${headers['content-type'] ?? ''}`,
  );

/** Refuses (406) requests for answers in XML, which Salesforce has and this does not. */
export function refuseXmlAnswers(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const path = pathOf(request.url);
    const isRest = /^\/services\/data(\/|$)/i.test(path);
    const wanted = (request.headers.accept ?? '').split(',').map((type) => type.trim());
    const isXmlAlone = wanted.every((type) => /^(application|text)\/xml\b/i.test(type));
    if (isRest && (isXmlAlone || /\.xml$/i.test(path)) && !isByExternalId(path))
      return done(notAcceptable());
    done();
  });
}

/** There `.xml` may be part of the value. */
const isByExternalId = (path: string) => /\/sobjects\/[^/]+\/[^/]+\/[^/]+\.xml$/i.test(path);

const notAcceptable = () =>
  new SalesforceError(406, 'NOT_ACCEPTABLE', 'Answers are given as application/json alone');
