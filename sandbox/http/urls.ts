import type { FastifyRequest } from 'fastify';

/** Scheme and host as the client sees them, also behind a proxy that ends TLS. No trailing slash. */
export function originOf(request: FastifyRequest): string {
  const scheme = firstOf(request.headers['x-forwarded-proto']) ?? 'http';
  const host = firstOf(request.headers['x-forwarded-host']) ?? request.headers.host ?? 'localhost';
  return `${scheme}://${host}`;
}

/** The path without its query string. */
export function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}

/** The URL with each run of slashes in its path as one: clients join a host and a path that both have one. */
export function withSingleSlashes(url: string): string {
  const path = pathOf(url);
  return path.replace(/\/{2,}/g, '/') + url.slice(path.length);
}

/**
 * Takes `.json` off the end of a resource's path, as Salesforce allows. A path that ends in a value
 * of an external id field is left alone, since the suffix could be part of the value.
 */
export function withoutSuffix(url: string): string {
  const path = pathOf(url);
  if (!/^\/services\/data\/.*\.json$/i.test(path)) return url;
  if (/\/sobjects\/[^/]+\/[^/]+\/[^/]+$/i.test(path)) return url;
  return path.slice(0, -'.json'.length) + url.slice(path.length);
}

/**
 * The method that a client means which can send nothing but POST: Salesforce takes it from the
 * parameter `_HttpMethod`.
 */
export function methodMeant(method: string, url: string): string {
  if (method !== 'POST') return method;
  return /[?&]_HttpMethod=(GET|PATCH|PUT|DELETE)(&|$)/i.exec(url)?.[1]?.toUpperCase() ?? method;
}

/** The parameters of a query string; of one given several times the first, as Java's servlets do. */
export function parametersOf(text: string): Record<string, string> {
  const parameters: Record<string, string> = Object.create(null);
  for (const [name, value] of new URLSearchParams(text)) parameters[name] ??= value;
  return parameters;
}

function firstOf(header: string | string[] | undefined): string | undefined {
  const text = Array.isArray(header) ? header[0] : header;
  return text?.split(',')[0]?.trim() || undefined;
}
