import type { FastifyInstance, FastifyReply } from 'fastify';
import { subrequestCaller } from '../current-request.ts';

/** Bytes that Salesforce's edge accepts as URI, and as URI and headers together. */
const LONGEST_HEAD = 16_384;

/** Refuses long URIs (414) and long heads (431) with the edge's HTML, as no resource is ever reached. */
export function refuseLongHeads(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (subrequestCaller.getStore() !== undefined) return done();
    const uri = request.raw.url?.length ?? 0;
    const headers = request.raw.rawHeaders.reduce((sum, text) => sum + text.length + 2, 0);
    if (uri > LONGEST_HEAD) refuse(reply, 414, 'URI Too Long');
    else if (uri + headers > LONGEST_HEAD) refuse(reply, 431, 'Request Header Fields Too Large');
    else done();
  });
}

function refuse(reply: FastifyReply, status: number, text: string): void {
  const page = `<html><head><title>${text}</title></head><body><h1>${text}</h1></body></html>`;
  reply.code(status).type('text/html;charset=UTF-8').send(page);
}
