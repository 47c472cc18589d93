import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The org's own host, which logins at any other host name as their instance. */
export const MY_DOMAIN = 'meridian.my.salesforce.com';

export interface TlsProxy {
  /** A proxy for HTTPS (`CONNECT`), behind which every host is the org: `http://127.0.0.1:…`. */
  url: string;
  /** PEM file of the certificate, which signs itself. */
  certificateFile: string;
  stop(): Promise<void>;
}

/**
 * Puts an org behind TLS at the host names of Salesforce, so that clients which know only
 * `https://login.salesforce.com` and its like need nothing but a proxy and a certificate.
 */
export async function startTlsProxy(orgUrl: string): Promise<TlsProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-tls-'));
  const certificateFile = join(folder, 'certificate.pem');
  const keyFile = join(folder, 'key.pem');
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-nodes', '-days', '2', '-subj', '/CN=salesforce.com'],
    ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
    ...['-addext', 'subjectAltName=DNS:*.salesforce.com,DNS:*.my.salesforce.com'],
    ...['-keyout', keyFile, '-out', certificateFile],
  ]);
  const org = https.createServer(
    { key: await readFile(keyFile), cert: await readFile(certificateFile) },
    (request, response) => forward(orgUrl, request, response),
  );
  const entrance = http.createServer();
  const open = new Set<{ destroy(): void }>();
  entrance.on('connect', (_request, socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    org.emit('connection', socket);
  });
  await new Promise<void>((resolve) => entrance.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(entrance.address() as AddressInfo).port}`,
    certificateFile,
    async stop() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => entrance.close(resolve));
      await rm(folder, { recursive: true });
    },
  };
}

function forward(orgUrl: string, request: IncomingMessage, response: ServerResponse): void {
  const headers = {
    ...request.headers,
    'x-forwarded-proto': 'https',
    'x-forwarded-host': MY_DOMAIN,
  };
  const onward = http.request(
    orgUrl + request.url,
    { method: request.method!, headers },
    (answer) => {
      // With the names as the org spells them: Airbyte looks for one in small letters, and must not find it.
      response.writeHead(answer.statusCode!, answer.rawHeaders);
      answer.pipe(response);
    },
  );
  onward.on('error', () => response.destroy());
  request.pipe(onward);
}
