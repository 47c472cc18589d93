import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createSalesforce, type SalesforceOptions } from '../../src/salesforce/client.ts';
import type { SalesforceCredentials } from '../../src/salesforce/credentials.ts';
import type { Salesforce } from '../../src/salesforce/port.ts';

export const orgId = '00Dxx0000001gPLEAY';
export const userId = '005xx000001SwiUAAS';
export const api = '/services/data/v62.0';

export interface Asked {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** What the server does with a request; return null after answering by `response` yourself. */
export type Step = (asked: Asked, response: ServerResponse) => Answer | null;

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  /** Objects leave as JSON. */
  body?: unknown;
}

export interface Script {
  url: string;
  /** All requests but logins, in order. */
  asked: Asked[];
  logins: Asked[];
  /** Tokens in order of login: `token-1`, `token-2` … */
  client(
    credentials?: Partial<SalesforceCredentials>,
    options?: Partial<SalesforceOptions>,
  ): Salesforce;
  close(): Promise<void>;
}

/**
 * An HTTP server that answers each request with the next step, the last one for ever; logins are
 * answered by `login`, by default with success.
 */
export async function script(steps: Step[], login?: Step): Promise<Script> {
  const asked: Asked[] = [];
  const logins: Asked[] = [];
  const server = createServer(async (request, response) => {
    const { method = '', url: path = '', headers } = request;
    const what: Asked = { method, path, headers, body: await text(request) };
    const isLogin = path.startsWith('/services/oauth2/') || path.startsWith('/services/Soap/');
    (isLogin ? logins : asked).push(what);
    const step = isLogin
      ? (login ?? (() => token(url, logins.length)))
      : steps[Math.min(asked.length, steps.length) - 1]!;
    const answer = step(what, response);
    if (!answer) return;
    const { status = 200, body, headers: more = {} } = answer;
    const isText = typeof body === 'string' || Buffer.isBuffer(body);
    const type = isText ? 'text/html' : 'application/json;charset=UTF-8';
    response.writeHead(status, { 'content-type': type, ...more });
    response.end(body === undefined ? '' : isText ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    asked,
    logins,
    client: (credentials = {}, options = {}) =>
      createSalesforce(
        { loginUrl: url, clientId: 'client', clientSecret: 'hush', ...credentials },
        { apiVersion: '62.0', userAgent: 'tandem-test', ...options },
      ),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function token(instanceUrl: string, number = 1, more: object = {}): Answer {
  return {
    body: {
      access_token: `token-${number}`,
      instance_url: instanceUrl,
      id: `https://login.salesforce.com/id/${orgId}/${userId}`,
      token_type: 'Bearer',
      issued_at: '1468448630767',
      signature: 'c2ln',
      ...more,
    },
  };
}

export const refusal = (status: number, errorCode: string, message = 'no'): Answer => ({
  status,
  body: [{ errorCode, message }],
});

export const expired = () => refusal(401, 'INVALID_SESSION_ID', 'Session expired or invalid');

/** The error a promise ends in; fails the test when it does not. */
export async function failure(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected a failure');
}
