import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, type ProcessRef, processRef } from './processes.ts';

export interface Lock {
  release(): Promise<void>;
}

/** Breaking a stale lock takes milliseconds: one who has not finished by then died at it. */
const BREAKING_PATIENCE = 10_000;

/**
 * Takes a lock file that names this process, or tells who holds it. A holder that is gone, be it by
 * kill -9 or a reboot, does not hold it any more.
 */
export async function takeLock(file: string): Promise<Lock | ProcessRef> {
  await mkdir(dirname(file), { recursive: true });
  const own = JSON.stringify(await processRef(process.pid));
  // Written elsewhere first and then linked: whoever finds the lock finds it with its text.
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, own, { mode: 0o600 });
  try {
    for (;;) {
      if (await linkOnce(draft, file)) return { release: () => rm(file, { force: true }) };
      const text = await readOrNull(file);
      if (text === null) continue;
      const holder = parse(text);
      if (holder && (await isRunning(holder))) return holder;
      await breakLock(file, draft, text);
    }
  } finally {
    await rm(draft, { force: true });
  }
}

/** Waits for the lock; `onWait` is told once who holds it. */
export async function waitForLock(
  file: string,
  onWait: (holder: ProcessRef) => void,
): Promise<Lock> {
  for (let told = false; ; told = true) {
    const answer = await takeLock(file);
    if ('release' in answer) return answer;
    if (!told) onWait(answer);
    await sleep(300);
  }
}

/**
 * Two may find the same stale lock at once. The right to remove it is a file named after its text, so
 * that one gets it, and never for a lock that was taken since.
 */
async function breakLock(file: string, draft: string, stale: string): Promise<void> {
  const name = createHash('sha256').update(stale).digest('hex').slice(0, 16);
  const right = `${file}.stale-${name}`;
  if (await linkOnce(draft, right)) {
    if ((await readOrNull(file)) === stale) await rm(file, { force: true });
    await rm(right, { force: true });
    return;
  }
  const since = await stat(right).then(
    (found) => found.ctimeMs,
    () => null,
  );
  if (since !== null && Date.now() - since > BREAKING_PATIENCE) await rm(right, { force: true });
  await sleep(50);
}

async function linkOnce(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function readOrNull(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Null for text that is no holder's: a full disk may have cut it. */
function parse(text: string): ProcessRef | null {
  try {
    const { pid, started } = JSON.parse(text) as ProcessRef;
    return { pid, started };
  } catch {
    return null;
  }
}
