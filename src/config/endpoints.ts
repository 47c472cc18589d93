import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigError } from './problem.ts';

const text = z.string().nullish();

/** The part of endpoints.json that a client needs; the starter writes more, which is left alone. */
const endpointsSchema = z.object({
  connection: z.string(),
  salesforce: z
    .object({
      loginUrl: text,
      username: text,
      password: text,
      securityToken: text,
      clientId: text,
      clientSecret: text,
      refreshToken: text,
      jwtKeyFile: text,
      admin: z.object({ username: z.string(), password: z.string() }).nullish(),
    })
    .nullish(),
  database: z.object({ url: text }).nullish(),
  temporal: z.object({ address: text, namespace: text }).nullish(),
});

export type Endpoints = z.output<typeof endpointsSchema>;

/** What `npm start` wrote into its data folder; null when nothing runs there. */
export function readEndpoints(dataDir: string): Endpoints | null {
  const file = join(dataDir, 'endpoints.json');
  let json: string;
  try {
    json = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new ConfigError([`${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`]);
  }
  const parsed = endpointsSchema.safeParse(parseJson(json));
  if (parsed.success) return parsed.data;
  throw new ConfigError([
    `${file} is not what npm start writes: stop what runs on this folder and start it again.`,
  ]);
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null; // The schema refuses null, and the message says what to do.
  }
}
