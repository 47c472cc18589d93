import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { createDeflate, createGzip, deflate, gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { subrequestCaller } from '../current-request.ts';
import { spellHeaders } from './header-names.ts';
import { prettyJson } from './pretty-json.ts';

/** How answers are zipped, best first. */
const ENCODINGS = [
  { name: 'gzip', whole: promisify(gzip), stream: createGzip },
  { name: 'deflate', whole: promisify(deflate), stream: createDeflate },
];

/** Answers shorter than this are sent plain: zipped they would hardly be smaller. */
const WORTH_ZIPPING = 1024;

/** What every answer gets: BrowserId, pretty printing when asked for, gzip when accepted. */
export function finishAnswers(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    if (subrequestCaller.getStore() !== undefined) return payload;
    if (/^application\/json/.test(String(reply.getHeader('content-type'))))
      reply.header('content-type', 'application/json;charset=UTF-8');
    if (!/\bBrowserId=/.test(request.headers.cookie ?? ''))
      reply.header('set-cookie', browserCookie());
    const answer = await zipped(request, reply, pretty(request, reply, payload));
    spellHeaders(reply);
    return answer;
  });
}

function browserCookie(): string {
  const id = randomUUID().replaceAll('-', '').slice(0, 22);
  return `BrowserId=${id}; path=/; expires=${new Date(Date.now() + 365 * 86_400_000).toUTCString()}; Max-Age=31536000`;
}

function pretty(request: FastifyRequest, reply: FastifyReply, payload: unknown): unknown {
  if (request.headers['x-prettyprint'] !== '1' || typeof payload !== 'string') return payload;
  const isJson = String(reply.getHeader('content-type')).startsWith('application/json');
  return isJson ? prettyJson(payload) : payload;
}

async function zipped(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
): Promise<unknown> {
  const encoding = encodingFor(String(request.headers['accept-encoding'] ?? ''));
  if (encoding === undefined || reply.hasHeader('content-encoding')) return payload;
  if (payload instanceof Readable) {
    reply.removeHeader('content-length').header('content-encoding', encoding.name);
    const out = encoding.stream({ level: 1 });
    payload.on('error', (error) => out.destroy(error));
    out.on('close', () => payload.destroy());
    return payload.pipe(out);
  }
  if (typeof payload !== 'string' || payload.length < WORTH_ZIPPING) return payload;
  reply.removeHeader('content-length').header('content-encoding', encoding.name);
  return encoding.whole(payload, { level: 1 });
}

/** The best encoding that the client takes; `;q=0` takes it out. */
function encodingFor(accepted: string) {
  const names = accepted
    .toLowerCase()
    .split(',')
    .map((part) => part.trim())
    .filter((part) => !/;\s*q\s*=\s*0(\.0*)?$/.test(part))
    .map((part) => part.split(';')[0]!.trim());
  return ENCODINGS.find(({ name }) => names.includes(name));
}
