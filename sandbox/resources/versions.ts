import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isSince, NEWEST_VERSION, OLDEST_VERSION } from '../http/since.ts';
import { originOf } from '../http/urls.ts';
import type { SandboxOrg } from '../sandbox-org.ts';
import { identityPath } from './identity.ts';

/** Release names go round the seasons, three a year; the oldest version here is Summer '14. */
const FIRST = { year: 14, season: 1 };
const SEASONS = ['Spring', 'Summer', 'Winter'] as const;

const RESOURCES = [
  'tooling',
  'tabs',
  'quickActions',
  'queryAll',
  'search',
  'composite',
  'parameterizedSearch',
  'theme',
  'recent',
  'limits',
  'query',
  'jobs',
  'sobjects',
];

interface Version {
  label: string;
  url: string;
  version: string;
}

/** `GET /services/data`: the versions, ascending; needs no login. And what each version offers. */
export function versionRoutes(app: FastifyInstance, org: SandboxOrg): void {
  const versions = allVersions();
  app.get('/services/data', async () => versions);
  app.get<{ Params: { version: string } }>('/services/data/v:version', async (request) =>
    resources(request, org, request.params.version),
  );
}

function resources(
  request: FastifyRequest,
  org: SandboxOrg,
  version: string,
): Record<string, string> {
  const known = RESOURCES.filter((name) => isSince(version, name));
  return {
    ...Object.fromEntries(known.map((name) => [name, `/services/data/v${version}/${name}`])),
    identity: originOf(request) + identityPath(org.id, request.session.userId),
  };
}

function allVersions(): Version[] {
  const count = NEWEST_VERSION - OLDEST_VERSION + 1;
  return Array.from({ length: count }, (_, i) => {
    const version = OLDEST_VERSION + i;
    const turn = FIRST.season + i;
    const season = SEASONS[turn % 3]!;
    // A winter release is named after the year it leads into.
    const year = FIRST.year + Math.floor(turn / 3) + (season === 'Winter' ? 1 : 0);
    return {
      label: `${season} '${year}`,
      url: `/services/data/v${version}.0`,
      version: `${version}.0`,
    };
  });
}
