import { notFound, SalesforceError } from '../errors.ts';

export const OLDEST_VERSION = 31;
export const NEWEST_VERSION = 67;

/** The first version there ever was; from there to the oldest that still runs they are retired. */
const FIRST_VERSION = 7;

/**
 * The version that brought each resource, by the path after the version. What a resource brings
 * below itself has a line of its own. Whatever is not listed is as old as the oldest version.
 */
const SINCE: [resource: string, version: number][] = [
  ['composite/batch', 34],
  ['composite/tree', 34],
  ['sobjects/*/*/*/*', 36],
  ['parameterizedsearch', 36],
  ['composite', 38],
  ['limits/recordcount', 40],
  ['jobs', 41],
  ['composite/sobjects', 42],
  ['composite/sobjects/*/*', 46],
  ['jobs/query', 47],
  ['composite/graph', 50],
  ['jobs/query/*/resultpages', 58],
];

const PATTERNS = SINCE.map(([resource, version]) => ({
  pattern: new RegExp(`^${resource.replaceAll('*', '[^/]+')}(/|$)`),
  // The composite itself came after two of those that are named like its parts.
  isWhole: resource === 'composite',
  version,
}));

/** Whether an API version has a resource. `resource` is the path after the version, in any case. */
export function isSince(version: string, resource: string): boolean {
  const path = resource.toLowerCase().replace(/^\/+|\/+$/g, '');
  return PATTERNS.every(
    ({ pattern, isWhole, version: since }) =>
      Number(version) >= since || !(isWhole ? path === 'composite' : pattern.test(path)),
  );
}

/** Throws 410 for a path of a retired version, 404 for one that is none or that lacks the resource. */
export function requireVersion(path: string): void {
  const [, version = '', resource = ''] =
    /^\/services\/data\/v(\d{1,3})\.0(?:\/(.*))?$/i.exec(path) ?? [];
  const number = Number(version || Number.NaN);
  if (number >= FIRST_VERSION && number < OLDEST_VERSION) throw retired(version);
  if (!(number >= OLDEST_VERSION && number <= NEWEST_VERSION)) throw notFound();
  if (!isSince(version, resource)) throw notFound();
}

const retired = (version: string) =>
  new SalesforceError(
    410,
    'GONE',
    `API version ${version}.0 has been retired. Use version ${OLDEST_VERSION}.0 or later.`,
  );
