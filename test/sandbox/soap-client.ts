import type { RunningSandbox } from './support.ts';
import { login } from './support-client.ts';

export interface SoapAnswer {
  status: number;
  text: string;
  /** What the regular expression's first group matches in the answer. */
  find(pattern: RegExp): string | undefined;
}

export interface SoapOptions {
  /** Behind `/services/Soap/`. */
  path?: string;
  contentType?: string;
  headers?: Record<string, string>;
}

/** Posts a body to a SOAP endpoint as it is. */
export async function post(
  { url }: RunningSandbox,
  body: string | Uint8Array<ArrayBuffer>,
  { path = 'u/60.0', contentType = 'text/xml; charset=UTF-8', headers = {} }: SoapOptions = {},
): Promise<SoapAnswer> {
  const response = await fetch(`${url}/services/Soap/${path}`, {
    method: 'POST',
    headers: { 'content-type': contentType, soapaction: '""', ...headers },
    body,
  });
  const text = await response.text();
  return { status: response.status, text, find: (pattern) => pattern.exec(text)?.[1] };
}

const NAMESPACES = { u: 'partner', c: 'enterprise' };

export interface SoapClient {
  token: string;
  /** Sends a call; `inner` is the content of its element, `headers` more header elements. */
  call(name: string, inner?: string, headers?: string): Promise<SoapAnswer>;
}

/** A session that speaks SOAP: calls in the default namespace of the API, `sf:` and `xsi:` declared. */
export async function soapClient(
  sandbox: RunningSandbox,
  { path = 'u/60.0', who }: { path?: string; who?: Parameters<typeof login>[1] } = {},
): Promise<SoapClient> {
  const token = await login(sandbox, who);
  const api = NAMESPACES[path[0] as 'u' | 'c'];
  return {
    token,
    call: (name, inner = '', headers = '') =>
      post(
        sandbox,
        `<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:${api}.soap.sforce.com" xmlns:sf="urn:sobject.${api}.soap.sforce.com" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<soapenv:Header><SessionHeader><sessionId>${token}</sessionId></SessionHeader>${headers}</soapenv:Header>
<soapenv:Body><${name}>${inner}</${name}></soapenv:Body></soapenv:Envelope>`,
        { path },
      ),
  };
}
