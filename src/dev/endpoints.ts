import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from './files.ts';
import type { DataFolder } from './folder.ts';

/** A sandbox org that is up: what its ready line says of it. */
export interface SandboxOrg {
  url: string;
  controlUrl: string;
  username: string;
  password: string;
  securityToken: string;
  clientId: string;
  clientSecret: string;
  refreshToken: string | null;
  jwtKeyFile: string | null;
  admin: { username: string; password: string };
}

/** DIR/endpoints.json: a contract with other programs. Null stands for a part that is not ours. */
export interface Endpoints {
  connection: string;
  salesforce: (Omit<SandboxOrg, 'url'> & { loginUrl: string; instanceUrl: string }) | null;
  database: { url: string } | null;
  temporal: { address: string; namespace: string; webUi: string } | null;
  web: { url: string } | null;
  pids: {
    main: number;
    worker: number[];
    postgres: number | null;
    temporal: number | null;
    sandbox: number | null;
  };
}

export function salesforceEndpoint(org: SandboxOrg): NonNullable<Endpoints['salesforce']> {
  return {
    loginUrl: org.url,
    instanceUrl: org.url,
    username: org.username,
    password: org.password,
    securityToken: org.securityToken,
    clientId: org.clientId,
    clientSecret: org.clientSecret,
    refreshToken: org.refreshToken,
    jwtKeyFile: org.jwtKeyFile,
    admin: { username: org.admin.username, password: org.admin.password },
    controlUrl: org.controlUrl,
  };
}

/** For everybody, once everything is up. */
export async function publish(folder: DataFolder, endpoints: Endpoints): Promise<void> {
  await writeAtomically(folder.endpoints, text(endpoints));
}

/** For our own parts, while the rest still starts. */
export async function tellParts(folder: DataFolder, endpoints: Endpoints): Promise<void> {
  await writeAtomically(join(folder.runtime, 'endpoints.json'), text(endpoints));
}

export async function unpublish(folder: DataFolder): Promise<void> {
  await rm(folder.endpoints, { force: true });
  await rm(join(folder.runtime, 'endpoints.json'), { force: true });
}

const text = (endpoints: Endpoints) => `${JSON.stringify(endpoints, null, 2)}\n`;
