import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { notFound, SalesforceError } from '../errors.ts';
import type { Org } from '../org.ts';
import { BASE, objectNamed, sendJson } from './record-request.ts';

type Request = FastifyRequest<{ Params: { version: string; object: string } }>;

/** Resources of Salesforce's pages: an org without them has these, and nothing in them. */
const EMPTY: Record<string, unknown> = {
  tabs: [],
  theme: { themeItems: [] },
  'search/scopeOrder': [],
  quickActions: [],
};

/** The same of one object. */
const EMPTY_OF_OBJECT: Record<string, (object: string) => unknown> = {
  listviews: (object) => ({
    done: true,
    listviews: [],
    nextRecordsUrl: null,
    size: 0,
    sobjectType: object,
  }),
  quickActions: () => [],
  'describe/approvalLayouts': () => ({ approvalLayouts: [] }),
};

/** Layouts, which nothing here has; their answers would be large. */
const MISSING = ['layouts', 'compactLayouts', 'namedLayouts'];

/** What needs little more than to be there; SOSL is refused. */
export function smallAnswerRoutes(app: FastifyInstance, org: Org): void {
  for (const [path, answer] of Object.entries(EMPTY))
    app.get(`${BASE}/${path}`, async (_request, reply) => sendJson(reply, 200, answer));

  const object = `${BASE}/sobjects/:object`;
  for (const [path, answer] of Object.entries(EMPTY_OF_OBJECT))
    app.get(`${object}/${path}`, async (request: Request, reply) => {
      const { name } = objectNamed(org, request.session, request.params.object);
      return sendJson(reply, 200, answer(name));
    });

  for (const name of MISSING) {
    app.get(`${object}/describe/${name}`, missing);
    app.get(`${object}/describe/${name}/*`, missing);
  }

  for (const name of ['search', 'parameterizedSearch']) {
    app.get(`${BASE}/${name}`, noSearch);
    app.post(`${BASE}/${name}`, noSearch);
  }
}

async function missing(): Promise<FastifyReply> {
  throw notFound();
}

async function noSearch(): Promise<FastifyReply> {
  throw new SalesforceError(
    403,
    'FUNCTIONALITY_NOT_ENABLED',
    'This feature is not currently enabled for this user.',
  );
}
