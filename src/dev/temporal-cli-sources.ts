import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { isTemporal, type Report, TEMPORAL_CLI_VERSION } from './temporal-cli.ts';
import { duration } from './terminal.ts';

const run = promisify(execFile);
const MODULE = fileURLToPath(new URL('./temporal-cli/', import.meta.url));
const PACKAGE = 'github.com/temporalio/cli/cmd/temporal';

/** Where there is no internet the first start should not hang on it. */
const CONNECT_PATIENCE = 8_000;
const DOWNLOAD_PATIENCE = 15 * 60_000;

/** A build from nothing compiles about this many packages; only for the display. */
const PACKAGES = 1_700;

/** Temporal's own archive for this system, over TLS; taken only when the binary in it runs. */
export async function downloadOfficial(
  target: string,
  report: Report,
  origin = 'https://temporal.download',
): Promise<string | null> {
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch as string];
  if (!arch) return `official download: there is none for ${process.platform} ${process.arch}`;
  const url = `${origin}/cli/archive/v${TEMPORAL_CLI_VERSION}?platform=${process.platform}&arch=${arch}`;
  const folder = `${target}.${randomBytes(4).toString('hex')}`;
  const giveUp = new AbortController();
  let timer = setTimeout(() => giveUp.abort(new Error('no answer')), CONNECT_PATIENCE);
  try {
    const response = await fetch(url, { signal: giveUp.signal });
    clearTimeout(timer);
    timer = setTimeout(() => giveUp.abort(new Error('too slow')), DOWNLOAD_PATIENCE);
    if (!response.ok || !response.body)
      return `official download: ${url} answers ${response.status}`;
    report(`Downloading the Temporal CLI ${TEMPORAL_CLI_VERSION} from temporal.download …`);
    await mkdir(folder, { recursive: true });
    const archive = join(folder, 'archive.tar.gz');
    await pipeline(Readable.fromWeb(response.body), createWriteStream(archive));
    await run('tar', ['-xzf', archive, '-C', folder]);
    const binary = join(folder, 'temporal');
    if (!(await isTemporal(binary)))
      return `official download: the binary from ${url} does not run here`;
    await rename(binary, target);
    return null;
  } catch (error) {
    return `official download: ${url}: ${reasonOf(error)}`;
  } finally {
    clearTimeout(timer);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Builds the version of temporal-cli/go.mod, whose sums are checked by go.sum. */
export async function buildWithGo(target: string, report: Report): Promise<string | null> {
  const version = await run('go', ['version']).then(
    ({ stdout }) => stdout.trim(),
    () => null,
  );
  if (version === null) return 'Go build: "go" is not on PATH';
  report(
    `Building the Temporal CLI ${TEMPORAL_CLI_VERSION} with ${version}: 4 to 5 minutes on two cores, once for this user.`,
  );
  // One name: the caller holds a lock, and what a killed build left is written over.
  const temporary = join(dirname(target), '.build');
  const flags = `-s -w -X github.com/temporalio/cli/internal/temporalcli.Version=${TEMPORAL_CLI_VERSION}`;
  // -v names each package as it is compiled: that is the progress.
  const args = ['build', '-v', '-trimpath', '-ldflags', flags, '-o', temporary, PACKAGE];
  // In a group of its own: go starts compilers, which have to end with it.
  const child = spawn('go', args, {
    detached: true,
    cwd: MODULE,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  try {
    const problem = await followBuild(child, report);
    if (problem !== null) return `Go build: ${problem}`;
    if (!(await isTemporal(temporary))) return 'Go build: what was built does not run';
    await rename(temporary, target);
    return null;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Null when the build went well, else the end of what Go said. */
async function followBuild(child: ChildProcess, report: Report): Promise<string | null> {
  const since = Date.now();
  let downloads = 0;
  let compiled = 0;
  const said: string[] = [];
  createInterface({ input: child.stderr! }).on('line', (line) => {
    if (line.startsWith('go: downloading ')) downloads++;
    else if (/^[\w./~-]+$/.test(line)) compiled++;
    else said.push(line);
  });
  const tick = setInterval(() => {
    const what = [
      downloads > 0 && `${downloads} modules downloaded`,
      compiled > 0 && `${compiled} of about ${PACKAGES} packages compiled`,
    ];
    report(`  … ${[duration(Date.now() - since), ...what].filter(Boolean).join(', ')}`);
  }, 15_000);
  // A build nobody waits for any more would go on for minutes.
  const end = () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid);
  };
  process.once('exit', end);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code === 0) return null;
    return said.slice(-8).join('\n') || `go ended with ${code}`;
  } finally {
    clearInterval(tick);
    process.removeListener('exit', end);
  }
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}
