import { createGunzip, createInflate } from 'node:zlib';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { jsonParserError } from '../errors.ts';
import { describeJsonFailure } from './json-failure.ts';
import { contentTypeNotSupported } from './media-types.ts';

const JSON_BYTES = 50 * 1024 * 1024;

/** Levels of arrays and objects, as Jackson limits them. */
const DEEPEST = 1000;

const UNZIP = { gzip: createGunzip, 'x-gzip': createGunzip, deflate: createInflate };

declare module 'fastify' {
  interface FastifyRequest {
    /** The body as it came, for errors that name a place in it; empty when it was no JSON. */
    jsonText: string;
  }
}

/**
 * How request bodies are read: whole, as JSON, forms or XML. Bodies may be zipped. REST takes JSON
 * alone, and takes a body without a Content-Type for JSON; any other is 415.
 */
export function readBodies(app: FastifyInstance): void {
  app.decorateRequest('jsonText', '');
  app.addHook('preParsing', async (request, _reply, payload) => {
    const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? '';
    if (!Object.hasOwn(UNZIP, encoding) || isEmpty(request)) return payload;
    // The length declared is that of the zipped bytes; the parser would compare it with the plain ones.
    delete request.headers['content-length'];
    const plain = UNZIP[encoding as keyof typeof UNZIP]();
    payload.on('error', (error) => plain.destroy(error));
    // The parser that reads it answers 400. A body that none reads must not end the process.
    plain.on('error', (error) => request.log.info({ err: error }, 'a body that is not zipped'));
    return payload.pipe(plain);
  });
  app.removeAllContentTypeParsers();
  const bytes = { parseAs: 'buffer', bodyLimit: JSON_BYTES } as const;
  const text = { parseAs: 'string', bodyLimit: JSON_BYTES } as const;
  app.addContentTypeParser(/^application\/json/i, bytes, readJson);
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    text,
    async (request: FastifyRequest, body: string) => {
      if (isRest(request)) throw contentTypeNotSupported(request);
      return Object.fromEntries(new URLSearchParams(body));
    },
  );
  app.addContentTypeParser(
    ['text/xml', 'application/xml', 'application/soap+xml'],
    text,
    async (request: FastifyRequest, body: string) => {
      if (isRest(request)) throw contentTypeNotSupported(request);
      return body;
    },
  );
  app.addContentTypeParser('*', bytes, async (request: FastifyRequest, body: Buffer) => {
    if (request.headers['content-type'] === undefined && isRest(request))
      return readJson(request, body);
    throw contentTypeNotSupported(request);
  });
}

/** Clients that zip what they send say so of a request without a body, too. */
const isEmpty = ({ headers }: FastifyRequest) =>
  headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;

const isRest = (request: FastifyRequest) => /^\/services\/data\//i.test(request.url);

/** Parses JSON; throws JSON_PARSER_ERROR (400) with the place, as Salesforce's parser words it. */
async function readJson(request: FastifyRequest, body: Buffer): Promise<unknown> {
  const text = textOf(request, body);
  if (text.trim() === '') return undefined;
  request.jsonText = text;
  const value = read(text);
  if (isTooDeep(value))
    throw jsonParserError(`Document nesting depth exceeds the maximum allowed (${DEEPEST})`);
  return value;
}

/** Without a byte order mark, in the charset of the Content-Type or UTF-8. */
function textOf(request: FastifyRequest, body: Buffer): string {
  const charset = /;\s*charset\s*=\s*"?([\w.:-]+)/i.exec(
    request.headers['content-type'] ?? '',
  )?.[1];
  try {
    return new TextDecoder(charset ?? 'utf-8', { fatal: true }).decode(body);
  } catch (error) {
    if (error instanceof RangeError) throw contentTypeNotSupported(request);
    throw jsonParserError(`Invalid ${(charset ?? 'UTF-8').toUpperCase()} byte sequence`);
  }
}

function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw jsonParserError(describeJsonFailure(text));
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
