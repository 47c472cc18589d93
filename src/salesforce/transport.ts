import { PassThrough } from 'node:stream';
import type jsforce from 'jsforce';
import { SalesforceUnavailable } from './errors.ts';
import type { Http } from './http.ts';

type Transport = InstanceType<typeof jsforce.Connection>['_transport'];
type Request = Parameters<Transport['httpRequest']>[0];
type Answer = Awaited<ReturnType<Transport['httpRequest']>>;

/** Logins answer in a second or two; a proxy that hangs is to be noticed soon. */
const timeoutMs = 30_000;

/**
 * jsforce's way to the network, replaced by ours. Its own repeats PUT and DELETE, waits 30 minutes,
 * and when a connection is lost in the middle of a body it raises an error that nobody can catch,
 * which ends the process. So all that jsforce does here goes through Http.
 */
export function transportOver(http: Http, userAgent: string): Transport {
  const send = async ({ method, url, headers = {}, body }: Request): Promise<Answer> => {
    if (method !== 'GET' && method !== 'POST') throw new Error(`jsforce is not to send ${method}`);
    const answer = await http.send({
      method,
      url,
      headers: { ...headers, 'user-agent': userAgent },
      ...(body === undefined || body === null ? {} : { body: String(body) }),
      timeoutMs,
      repeatable: true,
    });
    // jsforce would put a maintenance page into its error's message; a SOAP fault is a 500 as well.
    if (answer.status >= 500 && !answer.text.includes('faultstring')) {
      throw new SalesforceUnavailable(`HTTP ${answer.status} to a login`);
    }
    return { statusCode: answer.status, headers: answer.headers, body: answer.text };
  };
  const transport = {
    httpRequest: (request: Request) =>
      // jsforce's StreamPromise; nothing used here asks for the stream.
      Object.assign(send(request), { stream: () => new PassThrough() }),
  };
  return transport as unknown as Transport;
}
