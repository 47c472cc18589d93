import type { FastifyInstance } from 'fastify';
import { SalesforceError } from '../errors.ts';
import type { Org } from '../org.ts';
import { createRecentItems, recentItems } from './recent-items.ts';
import { BASE, sendJson } from './record-request.ts';

/** `GET recent`: the rows that the caller used most recently, whatever their object. */
export function recentRoutes(app: FastifyInstance, org: Org): void {
  app.addHook('onReady', () => createRecentItems(org.pool));
  app.get<{ Params: { version: string }; Querystring: { limit?: string } }>(
    `${BASE}/recent`,
    async (request, reply) => {
      const { limit } = request.query;
      if (limit !== undefined && !/^[1-9]\d{0,3}$/.test(limit)) throw badLimit(limit);
      const items = await recentItems(
        org,
        request,
        request.params.version,
        limit === undefined ? {} : { limit: Number(limit) },
      );
      return sendJson(reply, 200, items);
    },
  );
}

const badLimit = (limit: string) =>
  new SalesforceError(400, 'INVALID_QUERY_LIMIT', `limit must be a positive number: ${limit}`);
