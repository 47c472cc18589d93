import http from 'node:http';
import { gunzipSync } from 'node:zlib';
import { SignJWT } from 'jose';
import { expect, vi } from 'vitest';
import type { RunningSandbox } from './support.ts';

/** One request as a client writes it, byte for byte, and what the client needs of its answer. */
export interface Exchange {
  /** Method, blank, URL with its query; sent as it stands. */
  send: string;
  headers?: Record<string, string>;
  /** Text is sent as it stands, an object as JSON. */
  body?: string | Buffer | object;
  /** 200 unless another is given. */
  status?: number;
  /** Matches the answer: the text by a pattern, JSON by `toMatchObject`. */
  answer?: RegExp | object;
  /** Values for the exchanges that follow, each the first group of its pattern in headers and body. */
  keep?: Record<string, RegExp>;
  /** Asked again until the answer is right, as for a job that runs. */
  until?: true;
}

export const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
export const BEARER = { authorization: 'Bearer {session}' };
export const JSON_TYPE = { 'content-type': 'application/json' };
export const ID = /"id"\s*:\s*"(\w{18})"/;
export const XML_ID = /<id>(\w{18})<\/id>/;

/** Keeps `{session}`. Clients differ in the body. */
export const OAUTH: Exchange = {
  send: 'POST /services/oauth2/token',
  headers: FORM,
  body: 'grant_type=client_credentials&client_id={clientId}&client_secret={clientSecret}',
  keep: { session: /"access_token"\s*:\s*"([^"]+)"/ },
};

/** What exchanges may name of an org. */
export async function valuesOf(sandbox: RunningSandbox): Promise<Record<string, string>> {
  const { clientId, clientSecret, username, refreshToken, admin, orgId, url } = sandbox;
  const jwt = await new SignJWT({
    iss: clientId,
    sub: username,
    aud: 'https://login.salesforce.com',
  })
    .setProtectedHeader({ alg: 'RS256' })
    .setExpirationTime('3m')
    .sign(sandbox.jwtKey);
  const day = (days: number) =>
    `${new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 19)}Z`;
  return {
    ...{ clientId, clientSecret, username, refreshToken, jwt, orgId },
    password: encodeURIComponent(sandbox.password + sandbox.securityToken),
    adminName: admin.username,
    adminPassword: admin.password,
    origin: url,
    lastWeek: day(-7),
    tomorrow: day(1),
  };
}

/**
 * Makes the exchanges in their order. `{name}` in URLs, headers and bodies is a value given or kept.
 */
export async function exchange(
  origin: string,
  exchanges: Exchange[],
  values: Record<string, string>,
): Promise<void> {
  const known = { ...values };
  const fill = (text: string) =>
    text.replace(/\{(\w+)\}/g, (whole, name: string) => known[name] ?? whole);
  for (const { send, headers = {}, body, status = 200, answer, keep = {}, until } of exchanges) {
    const [method = '', path = ''] = fill(send).split(/ (.*)/s);
    const filled = Object.entries(headers).map(([name, text]) => [name, fill(text)]);
    const ask = async () => {
      const content = Buffer.isBuffer(body)
        ? body
        : fill(typeof body === 'object' ? JSON.stringify(body) : (body ?? ''));
      const got = await request(origin, method, path, Object.fromEntries(filled), content);
      expect(`${send}: ${got.status} ${got.status === status ? '' : got.text}`).toBe(
        `${send}: ${status} `,
      );
      if (answer instanceof RegExp) expect(got.text).toMatch(answer);
      else if (answer !== undefined) expect(JSON.parse(got.text)).toMatchObject(answer);
      return got;
    };
    const got = until ? await vi.waitFor(ask, { timeout: 10_000, interval: 20 }) : await ask();
    for (const [name, pattern] of Object.entries(keep)) {
      const found = pattern.exec(`${got.head}\n\n${got.text}`)?.[1];
      expect(found, `${name} in the answer to ${send}`).toBeDefined();
      known[name] = found!;
    }
  }
}

async function request(
  origin: string,
  method: string,
  path: string,
  headers: Record<string, string>,
  body: string | Buffer,
) {
  const { hostname, port } = new URL(origin);
  return new Promise<{ status: number; head: string; text: string }>((resolve, reject) => {
    const onward = http.request({ hostname, port, method, path, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const isZipped = answer.headers['content-encoding'] === 'gzip';
        const head = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}`);
        resolve({
          status: answer.statusCode!,
          head: head.join('\n'),
          text: (isZipped ? gunzipSync(bytes) : bytes).toString(),
        });
      });
    });
    onward.on('error', reject);
    onward.end(body);
  });
}
