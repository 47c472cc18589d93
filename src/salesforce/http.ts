import { PassThrough, type Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Agent, type Dispatcher, EnvHttpProxyAgent, request } from 'undici';
import { isLoopback } from './credentials.ts';
import { SalesforceError, SalesforceUnavailable } from './errors.ts';

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: string;
  headers: Record<string, string>;
  /** A function where it is streamed: each try needs a stream of its own. */
  body?: string | (() => Readable);
  /** For the whole answer of `send`, for the header and between two chunks of `open`. */
  timeoutMs: number;
  /** True when sending it twice does no more than sending it once. */
  repeatable: boolean;
}

export interface HttpAnswer {
  status: number;
  headers: Record<string, string>;
  text: string;
}

export interface OpenAnswer {
  status: number;
  headers: Record<string, string>;
  body: Readable;
}

const unzip = promisify(gunzip);

/** Below Salesforce's 25 long requests an org, so that one connection cannot use them all. */
const connections = 16;

/**
 * Pooled HTTP with keep-alive and timeouts; the only place that opens sockets to Salesforce.
 *
 * It tries again by itself in one case only: a repeatable request whose pooled connection was lost,
 * once and at once, as Salesforce's edge drops idle connections at will. All other retries belong
 * to Temporal's activities: they are durable, visible, back off, and do not multiply with a second
 * layer of retries below.
 */
export class Http {
  readonly #direct: Dispatcher;
  readonly #proxied: Dispatcher;
  readonly #signal: AbortSignal | null;

  /** `signal` ends all requests in flight and refuses new ones, for a worker that stops. */
  constructor(signal: AbortSignal | null) {
    const options = { connections, keepAliveTimeout: 30_000, connect: { timeout: 15_000 } };
    this.#direct = new Agent(options);
    this.#proxied = new EnvHttpProxyAgent(options);
    this.#signal = signal;
  }

  /** The whole answer as text, unzipped. Throws SalesforceUnavailable only. */
  async send(what: HttpRequest): Promise<HttpAnswer> {
    return await this.#twiceIfLost(what, () => this.#send(what));
  }

  /** The answer with its body still on the wire, raw; the caller reads or destroys it. */
  async open(what: HttpRequest): Promise<OpenAnswer> {
    const answer = await this.#twiceIfLost(what, () => this.#open(what, this.#signal));
    return { ...answer, body: this.#guarded(answer.body, what) };
  }

  async #twiceIfLost<T>(what: HttpRequest, attempt: () => Promise<T>): Promise<T> {
    try {
      return await attempt();
    } catch (error) {
      if (!what.repeatable || !isLostConnection(error)) throw this.#unavailable(error, what);
    }
    try {
      return await attempt();
    } catch (error) {
      throw this.#unavailable(error, what);
    }
  }

  /** The same bytes and back-pressure; only what breaks the body becomes an error of errors.ts. */
  #guarded(body: Readable, what: HttpRequest): Readable {
    const guarded = new PassThrough();
    // One that breaks before anybody reads it would end the process; its reader meets the error all the same.
    guarded.on('error', () => {});
    body.on('error', (error) => guarded.destroy(this.#unavailable(error, what)));
    // A reader that gives up frees the connection.
    guarded.once('close', () => body.destroy());
    return body.pipe(guarded);
  }

  async #send(what: HttpRequest): Promise<HttpAnswer> {
    const deadline = AbortSignal.timeout(what.timeoutMs);
    const signal = this.#signal ? AbortSignal.any([deadline, this.#signal]) : deadline;
    const headers = { 'accept-encoding': 'gzip', ...what.headers };
    const answer = await this.#open({ ...what, headers }, signal);
    const raw = Buffer.from(await answer.body.arrayBuffer());
    const zipped = answer.headers['content-encoding'] === 'gzip' && raw.length > 0;
    const bytes = zipped ? await unzip(raw) : raw;
    return { status: answer.status, headers: answer.headers, text: bytes.toString('utf8') };
  }

  async #open(what: HttpRequest, signal: AbortSignal | null) {
    const { method, url, headers, body = null, timeoutMs } = what;
    const answer = await request(url, {
      dispatcher: isLoopback(new URL(url)) ? this.#direct : this.#proxied,
      method,
      headers,
      body: typeof body === 'function' ? body() : body,
      signal,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
    return { status: answer.statusCode, headers: flat(answer.headers), body: answer.body };
  }

  #unavailable(error: unknown, { url }: Pick<HttpRequest, 'url'>): SalesforceError {
    if (error instanceof SalesforceError) return error;
    const { host } = new URL(url);
    const reason = this.#signal?.aborted ? 'this worker is stopping' : describe(error);
    return new SalesforceUnavailable(`${reason} (${host})`, error);
  }
}

const lost = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

function isLostConnection(error: unknown): boolean {
  return error instanceof Error && lost.has(codeOf(error));
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'the request failed';
  if (error.name === 'TimeoutError') return 'no answer in time';
  return codeOf(error) || error.name;
}

function flat(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const single: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) single[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return single;
}
