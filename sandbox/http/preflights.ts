import type { FastifyInstance } from 'fastify';
import { notFound } from '../errors.ts';

/**
 * A browser asks with OPTIONS, and without a session, whether pages of its origin may call. Salesforce
 * answers 404 to origins that are not on the org's CORS list, which is empty here.
 */
export function refusePreflights(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.method === 'OPTIONS' && /^\/services\//i.test(request.url)) done(notFound());
    else done();
  });
}
