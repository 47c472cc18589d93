import type { FastifyReply } from 'fastify';

/** Names that are not written with a capital letter at each word alone. */
const SPELT: Record<string, string> = {
  etag: 'ETag',
  'sforce-numberofrecords': 'Sforce-NumberOfRecords',
  'www-authenticate': 'WWW-Authenticate',
};

/**
 * Sends the headers with the capitals that Salesforce's have, for clients that look for them letter
 * by letter. Fastify itself writes all names in lower case, so they go past it.
 */
export function spellHeaders(reply: FastifyReply): void {
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    // Fastify counts again what is left to send after all hooks.
    if (value === undefined || name === 'content-length') continue;
    reply.removeHeader(name);
    reply.raw.setHeader(
      SPELT[name] ?? name.replace(/\b[a-z]/g, (letter) => letter.toUpperCase()),
      value,
    );
  }
}
