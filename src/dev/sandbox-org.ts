import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type Child, launch, readyLine, type StartContext } from './child.ts';
import type { SandboxOrg } from './endpoints.ts';
import { StartFailed } from './errors.ts';

export interface SandboxOptions {
  databaseUrl: string;
  port: number;
  /** Leads and contacts when it is seeded; null: its own default. */
  people: number | null;
  /** In place of `people`, when their numbers are to differ. */
  mix?: { leads: number; contacts: number };
  /** Where it keeps files such as the sync user's private key. */
  folder: string;
  logFile: string;
  start: StartContext;
}

const ENTRY = fileURLToPath(new URL('../../sandbox/main.ts', import.meta.url));

/** A million people are seeded in a few minutes, on a slow disk in more. */
const SEED_PATIENCE = 30 * 60_000;

const readyLineSchema = z.object({
  ready: z.literal(true),
  url: z.string(),
  controlUrl: z.string(),
  username: z.string(),
  password: z.string(),
  securityToken: z.string(),
  clientId: z.string(),
  clientSecret: z.string(),
  refreshToken: z.string().nullish().default(null),
  jwtKeyFile: z.string().nullish().default(null),
  admin: z.object({ username: z.string(), password: z.string() }),
});

/** Starts the sandbox org, which seeds its database when that is empty, and tells how to reach it. */
export async function startSandbox(
  options: SandboxOptions,
): Promise<{ child: Child; org: SandboxOrg }> {
  const { databaseUrl, port, people, mix, folder, logFile, start } = options;
  const url = new URL(databaseUrl);
  const password = decodeURIComponent(url.password);
  url.password = '';
  const child = await launch({
    name: 'The sandbox org',
    command: process.execPath,
    args: [
      ENTRY,
      ...['--database', url.href, '--port', String(port), '--keys', folder],
      ...(people === null ? [] : ['--people', String(people)]),
      ...(mix ? ['--leads', String(mix.leads), '--contacts', String(mix.contacts)] : []),
    ],
    // Not among the arguments, which every user of the machine can read. It needs no more of ours.
    env: { PGPASSWORD: password },
    logFile,
    start,
  });
  const answer = readyLineSchema.safeParse(await readyLine(child, SEED_PATIENCE));
  if (answer.success) return { child, org: answer.data };
  await child.stop();
  throw new StartFailed(
    'The sandbox org does not say what it should when it is ready.',
    `Its log: ${logFile}`,
    z.prettifyError(answer.error),
  );
}
