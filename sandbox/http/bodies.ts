import { createGunzip } from 'node:zlib';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { jsonParserError, unsupportedMediaType } from '../errors.ts';

const JSON_BYTES = 50 * 1024 * 1024;

/** Levels of arrays and objects, as Jackson limits them. */
const DEEPEST = 1000;

/**
 * How request bodies are read: whole, as JSON, forms or XML. Bodies may be gzipped. REST takes JSON
 * alone; what nothing takes is 415.
 */
export function readBodies(app: FastifyInstance): void {
  app.addHook('preParsing', async (request, _reply, payload) => {
    if (request.headers['content-encoding']?.toLowerCase() !== 'gzip') return payload;
    // The length declared is that of the zipped bytes; the parser would compare it with the plain ones.
    delete request.headers['content-length'];
    const plain = createGunzip();
    payload.on('error', (error) => plain.destroy(error));
    // The parser that reads it answers 400. A body that none reads must not end the process.
    plain.on('error', (error) => request.log.info({ err: error }, 'a body that is not gzip'));
    return payload.pipe(plain);
  });
  app.removeAllContentTypeParsers();
  const text = { parseAs: 'string', bodyLimit: JSON_BYTES } as const;
  app.addContentTypeParser(/^application\/json/i, text, async (_request: unknown, body: string) =>
    body.trim() === '' ? undefined : parseJson(body),
  );
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    text,
    async (request: FastifyRequest, body: string) => {
      if (isRest(request)) throw unsupportedMediaType();
      return Object.fromEntries(new URLSearchParams(body));
    },
  );
  app.addContentTypeParser(
    ['text/xml', 'application/xml', 'application/soap+xml'],
    text,
    async (request: FastifyRequest, body: string) => {
      if (isRest(request)) throw unsupportedMediaType();
      return body;
    },
  );
}

const isRest = (request: FastifyRequest) => /^\/services\/data\//i.test(request.url);

/** Parses JSON; throws JSON_PARSER_ERROR (400) with the place, as Salesforce's parser words it. */
function parseJson(body: string): unknown {
  const value = read(body);
  if (isTooDeep(value))
    throw jsonParserError(`Document nesting depth exceeds the maximum allowed (${DEEPEST})`);
  return value;
}

function read(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw jsonParserError(describeFailure(body, error));
  }
}

/** Looked at level by level: whoever works on the value later does so by recursion. */
function isTooDeep(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST) return true;
    level = level.flatMap((one) =>
      typeof one === 'object' && one !== null ? Object.values(one) : [],
    );
  }
  return false;
}

function describeFailure(body: string, error: unknown): string {
  const offset = Number(/position (\d+)/.exec(String(error))?.[1] ?? body.length);
  const before = body.slice(0, offset);
  const line = before.split('\n').length;
  const column = offset - before.lastIndexOf('\n');
  const place = `at [line:${line}, column:${column}]`;
  const character = body[offset];
  if (character === undefined) return `Unexpected end-of-input ${place}`;
  const expected = /property name|double-quoted/i.test(String(error))
    ? 'was expecting double-quote to start field name'
    : "expected a valid value (number, String, array, object, 'true', 'false' or 'null')";
  return `Unexpected character ('${character}' (code ${character.charCodeAt(0)})): ${expected} ${place}`;
}
