import type { Readable } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import { classify, type Subject } from './classify.ts';
import { checkUrl } from './credentials.ts';
import {
  CredentialsRejected,
  type SalesforceError,
  SalesforceUnavailable,
  SessionRefused,
} from './errors.ts';
import type { Http, HttpAnswer, HttpRequest } from './http.ts';
import { parseJson } from './json.ts';
import { parseLimitInfo } from './limits.ts';
import type { Log } from './log.ts';
import type { Session } from './login.ts';
import type { ApiUsage } from './port.ts';
import type { Sessions } from './sessions.ts';
import { faultOf } from './soap.ts';

export interface RestRequest {
  method: HttpRequest['method'];
  /** From `/services/data/…` on, query included. */
  path: string;
  body?: unknown;
  /** In place of `body`: sent as it is, with a content-type among `headers`. */
  stream?: () => Readable;
  headers?: Record<string, string>;
  /** Whether Salesforce's error text may be repeated, see classify.ts. */
  subject: Subject;
  /** True for what only reads, by POST as well. */
  reads: boolean;
}

export interface RestAnswer {
  /** The parsed body; null for an empty one. */
  body: unknown;
  /** Salesforce's clock when the request was sent: its Date header less the time it took (trap 3). */
  askedAt: Date;
  /** The Last-Modified header; null without one. */
  lastModified: string | null;
}

export interface StreamAnswer {
  headers: Record<string, string>;
  body: Readable;
}

/** Salesforce ends a query after 2 minutes and a write after 10; a bit more, so that its error comes. */
const readTimeoutMs = 150_000;
const writeTimeoutMs = 630_000;
/** Until a result page begins, and between two of its chunks; a consumer that rests does not count. */
const streamTimeoutMs = 300_000;

/** Authorised calls to one org: session, limits, one more login (trap 30), errors of errors.ts. */
export class Rest {
  readonly #http: Http;
  readonly #sessions: Sessions;
  readonly #userAgent: string;
  readonly #log: Log;
  /** From the last answer that carried it (M1). */
  usage: ApiUsage | null = null;

  constructor(http: Http, sessions: Sessions, userAgent: string, log: Log) {
    this.#http = http;
    this.#sessions = sessions;
    this.#userAgent = userAgent;
    this.#log = log;
  }

  async json(request: RestRequest): Promise<RestAnswer> {
    const started = performance.now();
    const answer = await this.#authorised(request, async (session) => {
      return await this.#http.send(this.#toHttp(request, session));
    });
    const date = serverTime(answer);
    if (date === null) throw new SalesforceUnavailable('an answer without a Date header');
    const askedAt = new Date(date.getTime() - (performance.now() - started));
    const lastModified = answer.headers['last-modified'] ?? null;
    if (answer.text === '') return { body: null, askedAt, lastModified };
    try {
      return { body: parseJson(answer.text), askedAt, lastModified };
    } catch {
      // The parser's error would quote the body.
      throw new SalesforceUnavailable(`HTTP ${answer.status} with a body that is no JSON`);
    }
  }

  /** The body unread and unaltered, with back-pressure; what breaks it is an error of errors.ts. */
  async stream(request: RestRequest): Promise<StreamAnswer> {
    let body: Readable | null = null;
    const { headers } = await this.#authorised(request, async (session) => {
      const what = this.#toHttp(request, session);
      const opened = await this.#http.open({ ...what, timeoutMs: streamTimeoutMs });
      if (opened.status < 300) {
        body = opened.body;
        return { ...opened, text: '' };
      }
      return { ...opened, text: await readText(opened.body) };
    });
    return { headers, body: body! };
  }

  /**
   * A write by SOAP: the envelope with the session in it, and the answer's text. Its faults are classified
   * as REST's errors are; one of the session leads to one more login (trap 30).
   */
  async soap(path: string, envelope: (accessToken: string) => string): Promise<string> {
    const request: RestRequest = { method: 'POST', path, subject: 'records', reads: false };
    const { text } = await this.#authorised(request, async (session) => {
      const answer = await this.#http.send({
        ...this.#toHttp(request, session),
        headers: {
          'user-agent': this.#userAgent,
          accept: 'text/xml',
          'content-type': 'text/xml; charset=utf-8',
          soapaction: '""',
        },
        body: envelope(session.accessToken),
      });
      const fault = answer.status < 300 ? null : faultOf(answer.text);
      if (fault === null) return answer;
      const status = SOAP_STATUS[fault.errorCode] ?? 400;
      return { ...answer, status, text: JSON.stringify([fault]) };
    });
    return text;
  }

  async session(): Promise<Session> {
    return await this.#sessions.get();
  }

  /** Throws unless the answer is a success; logs in again once when the session was refused. */
  async #authorised(
    request: RestRequest,
    send: (session: Session) => Promise<HttpAnswer>,
  ): Promise<HttpAnswer> {
    const first = await this.#sessions.get();
    const refusal = await this.#attempt(request, first, send);
    if (isGood(refusal)) return refusal;
    if (refusal.status !== 401) throw this.#refused(request, first, refusal);
    this.#log.info({ status: 401 }, 'salesforce session refused, logging in again');
    const second = await this.#sessions.renew(first);
    const answer = await this.#attempt(request, second, send);
    if (isGood(answer)) return answer;
    throw this.#refused(request, second, answer);
  }

  async #attempt(
    { method, path }: RestRequest,
    session: Session,
    send: (session: Session) => Promise<HttpAnswer>,
  ): Promise<HttpAnswer> {
    const started = performance.now();
    const answer = await send(session);
    this.usage = parseLimitInfo(answer.headers['sforce-limit-info']) ?? this.usage;
    const ms = Math.round(performance.now() - started);
    // Without the query: its values are nobody's business in a log.
    this.#log.debug({ method, path: path.split('?')[0], status: answer.status, ms }, 'salesforce');
    return answer;
  }

  #refused({ subject }: RestRequest, session: Session, answer: HttpAnswer): SalesforceError {
    const error = classify(
      { status: answer.status, text: answer.text, at: serverTime(answer) ?? new Date() },
      subject,
    );
    // A moved org answers with a redirect, an ended session with 401: the next call logs in anew.
    const moved = answer.status >= 300 && answer.status < 400;
    const ended = error instanceof CredentialsRejected || error instanceof SessionRefused;
    if (moved || ended) this.#sessions.forget(session);
    return error;
  }

  #toHttp(request: RestRequest, session: Session): HttpRequest {
    const { method, path, body, stream, headers, reads } = request;
    if (!path.startsWith('/services/')) {
      throw new SalesforceUnavailable('a page’s path does not lead to the API of this org');
    }
    return {
      method,
      url: new URL(checkUrl(session.instanceUrl).origin + path).href,
      headers: {
        authorization: `Bearer ${session.accessToken}`,
        'user-agent': this.#userAgent,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(stream === undefined ? {} : { body: stream }),
      timeoutMs: reads ? readTimeoutMs : writeTimeoutMs,
      repeatable: reads,
    };
  }
}

/** Every fault comes with HTTP 500; these are what REST answers with another status than 400. */
const SOAP_STATUS: Readonly<Record<string, number>> = {
  INVALID_SESSION_ID: 401,
  UNKNOWN_EXCEPTION: 500,
  SERVER_UNAVAILABLE: 503,
};

/** 304 is the good answer to a conditional request: nothing has changed. */
function isGood({ status }: HttpAnswer): boolean {
  return status < 300 || status === 304;
}

function serverTime({ headers }: HttpAnswer): Date | null {
  const date = new Date(headers.date ?? '');
  return Number.isNaN(date.getTime()) ? null : date;
}
