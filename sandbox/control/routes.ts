import type { FastifyInstance } from 'fastify';
import { SalesforceError } from '../errors.ts';
import type { SandboxOrg } from '../sandbox-org.ts';
import { purge } from '../writes/purge.ts';
import { readFault } from './read-fault.ts';
import { changeRules, listRules } from './rules/index.ts';
import { changeSchema, type SchemaChange } from './schema-changes.ts';
import { changeSettings } from './settings.ts';
import { changeUser } from './users.ts';

/** The control URL: counters, faults, purge and changes of the schema; loopback only (README.md). */
export function controlRoutes(app: FastifyInstance, org: SandboxOrg): void {
  app.addHook('onRequest', async (request) => {
    if (/^\/control\b/i.test(request.url) && !isLoopback(request.socket.remoteAddress))
      throw new SalesforceError(403, 'FORBIDDEN', 'The control URL answers on loopback only');
  });

  app.get('/control/calls', async () => ({
    total: org.usage.total,
    byKind: org.usage.byKind,
  }));

  app.post('/control/faults', async (request) => ({
    id: org.faults.add(readFault(request.body)).id,
  }));
  app.get('/control/faults', async () => org.faults.list());
  app.delete('/control/faults', async () => ({ ended: org.faults.remove() }));
  app.delete<{ Params: { id: string } }>('/control/faults/:id', async (request) => ({
    ended: org.faults.remove(Number(request.params.id)),
  }));

  app.get('/control/settings', async () => org.settings);
  app.post('/control/settings', async (request) => changeSettings(org, request.body));

  app.post('/control/users', async (request) => changeUser(org, request.body));

  app.get('/control/rules', async () => listRules(org));
  app.post('/control/rules', async (request) => changeRules(org, request.body));

  app.post('/control/purge', async () => ({ purged: await purge(org, org.pool) }));
  app.post<{ Body: SchemaChange }>('/control/schema', async (request) => {
    await changeSchema(org, request.body);
    return { changed: true };
  });
}

function isLoopback(address: string | undefined): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address ?? '');
}
