import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Session } from '../org.ts';
import type { SandboxOrg } from '../sandbox-org.ts';
import type { WriteContext } from '../writes/types.ts';
import type { Dialect } from './dialects.ts';
import type { CallHeaders } from './headers.ts';
import type { XmlElement } from './read-xml.ts';

/** A call as it came, before anybody asked who is calling. */
export interface OpenCall {
  org: SandboxOrg;
  app: FastifyInstance;
  request: FastifyRequest;
  dialect: Dialect;
  /** `60.0` */
  version: string;
  headers: CallHeaders;
  /** The call's own element. */
  input: XmlElement;
}

/** A call of a live session. */
export interface SoapCall extends OpenCall {
  session: Session;
}

export const writeContextOf = ({ org, session, headers }: SoapCall): WriteContext => ({
  org,
  session,
  db: org.pool,
  headers: headers.write,
});
