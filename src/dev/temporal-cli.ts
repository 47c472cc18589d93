import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { environmentGives } from '../config.ts';
import { StartFailed } from './errors.ts';
import { waitForLock } from './lock.ts';
import { buildWithGo, downloadOfficial } from './temporal-cli-sources.ts';

/** The version fetched or built when the machine has none; temporal-cli/go.mod names the same. */
export const TEMPORAL_CLI_VERSION = '1.8.2';

export type Report = (text: string) => void;

/** A way to get the binary: puts it at `target`, or says why it could not. */
export type Source = (target: string, report: Report) => Promise<string | null>;

export interface TemporalCliOptions {
  /** TEMPORAL_CLI_PATH, when set. */
  explicit: string | null;
  /** Looked for on PATH; another name in tests. */
  command?: string;
  /** Kept per user and version, outside the clone: ~/.cache/tandem. */
  cacheFolder: string;
  report: Report;
  /** Tried one after the other when nothing is there yet. */
  sources?: readonly Source[];
}

/** temporalCli() with the environment's path and the user's own cache. */
export function findTemporalCli(report: Report): Promise<string> {
  return temporalCli({
    explicit: environmentGives().temporalCliPath,
    cacheFolder: join(homedir(), '.cache', 'tandem'),
    report,
  });
}

/**
 * The Temporal CLI to run: TEMPORAL_CLI_PATH, PATH, the cache, the official download, a Go build.
 * @throws StartFailed when none is to be had, with what to install
 */
export async function temporalCli(options: TemporalCliOptions): Promise<string> {
  const { explicit, report } = options;
  if (explicit) {
    if (await isTemporal(explicit)) return explicit;
    throw new StartFailed(
      `TEMPORAL_CLI_PATH is ${explicit}, and that is no Temporal CLI that runs here.`,
      'Set it to the binary "temporal" (1.0 or newer), or unset it to have one found or made.',
    );
  }
  const command = options.command ?? 'temporal';
  if (await isTemporal(command)) return command;
  const cached = join(options.cacheFolder, `temporal-${TEMPORAL_CLI_VERSION}`, 'temporal');
  if (await isExecutable(cached)) return cached;
  await mkdir(dirname(cached), { recursive: true });
  const lock = await waitForLock(`${dirname(cached)}.lock`, ({ pid }) =>
    report(`Another start (process ${pid}) is getting the Temporal CLI: waiting for it.`),
  );
  try {
    if (await isExecutable(cached)) return cached;
    await obtain(cached, options.sources ?? [downloadOfficial, buildWithGo], report);
    return cached;
  } finally {
    await lock.release();
  }
}

async function obtain(target: string, sources: readonly Source[], report: Report): Promise<void> {
  const reasons: string[] = [];
  for (const source of sources) {
    const reason = await source(target, report);
    if (reason === null) return;
    reasons.push(reason);
  }
  throw new StartFailed(
    'The Temporal CLI is not on this machine and could not be fetched or built:',
    'Install the Temporal CLI (https://docs.temporal.io/cli#install) so that "temporal" is on PATH, or set ' +
      'TEMPORAL_CLI_PATH to it, or install Go 1.26 (https://go.dev/dl) to have it built here; or set ' +
      'TEMPORAL_ADDRESS to a Temporal server that runs.',
    reasons.join('\n'),
  );
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** True for what says that it is the Temporal CLI; other programs have that name too. */
export async function isTemporal(file: string): Promise<boolean> {
  try {
    const { stdout } = await promisify(execFile)(file, ['--version'], { timeout: 20_000 });
    return /temporal version/i.test(stdout);
  } catch {
    return false;
  }
}
