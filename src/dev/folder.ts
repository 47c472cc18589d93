import { randomBytes, randomUUID } from 'node:crypto';
import {
  chmod,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { readJson, writeAtomically } from './files.ts';
import { isReachable, type Owner, REACHABLE } from './postgres-binaries.ts';

/** What one data folder (--data DIR) holds, by path. */
export interface DataFolder {
  root: string;
  endpoints: string;
  /** The same for our own parts, there before everything is up: a folder with an endpoints.json. */
  runtime: string;
  lock: string;
  parts: string;
  state: string;
  temporalDatabase: string;
  sandbox: string;
  log(part: string): string;
}

export function dataFolder(path: string): DataFolder {
  const root = resolve(path);
  const runtime = join(root, 'run');
  return {
    root,
    endpoints: join(root, 'endpoints.json'),
    runtime,
    lock: join(root, 'lock'),
    parts: join(runtime, 'parts.json'),
    state: join(root, 'state.json'),
    temporalDatabase: join(root, 'temporal.db'),
    sandbox: join(root, 'sandbox'),
    log: (part) => join(root, 'logs', `${part}.log`),
  };
}

export type PortName = 'postgres' | 'temporal' | 'temporalUi' | 'sandbox' | 'sandboxControl';

/** What has to stay the same from one start to the next. */
export interface State {
  ports: Partial<Record<PortName, number>>;
  postgresPassword: string;
}

export async function readState(folder: DataFolder): Promise<State> {
  const state = (await readJson(folder.state)) as State | null;
  return state ?? { ports: {}, postgresPassword: randomBytes(18).toString('base64url') };
}

export async function writeState(folder: DataFolder, state: State): Promise<void> {
  await writeAtomically(folder.state, `${JSON.stringify(state, null, 2)}\n`);
}

/**
 * Where PostgreSQL's data lies: DIR/postgres, or, when root starts it and the user it runs as cannot
 * get there, a folder under /var/lib/tandem that the symbolic link DIR/postgres leads to.
 */
export async function postgresDataFolder(
  folder: DataFolder,
  owner: Owner | null,
): Promise<{ path: string; elsewhere: boolean }> {
  const own = join(folder.root, 'postgres');
  const linked = await linkTarget(own);
  if (linked !== null) return { path: linked, elsewhere: true };
  if (owner === null || (await isReachable(folder.root, owner))) {
    return { path: own, elsewhere: false };
  }
  // Named at random: a folder that was moved or copied must not meet another's data here.
  const path = join(REACHABLE, randomUUID());
  await mkdir(REACHABLE, { recursive: true, mode: 0o755 });
  await writeFile(homeFile(path), own);
  await symlink(path, own);
  return { path, elsewhere: true };
}

/** Folders under /var/lib/tandem whose own DIR was removed or begun anew: nothing leads to them. */
export async function orphans(): Promise<string[]> {
  const names = await readdir(REACHABLE).catch(() => []);
  const found: string[] = [];
  for (const name of names.filter((each) => each.endsWith('.home'))) {
    const path = join(REACHABLE, name.slice(0, -'.home'.length));
    const home = await readFile(homeFile(path), 'utf8');
    if ((await linkTarget(home)) !== path) found.push(path);
  }
  return found;
}

/** Beside a folder elsewhere: the link that leads to it, so that people can tell whose it is. */
const homeFile = (path: string) => `${path}.home`;

/**
 * Empties what a start keeps, and nothing else that may lie in the folder.
 * The caller holds the lock and has ended what ran on it.
 */
export async function forget(folder: DataFolder): Promise<void> {
  const postgres = join(folder.root, 'postgres');
  const linked = await linkTarget(postgres);
  if (linked !== null && dirname(linked) === REACHABLE) {
    await remove(linked);
    await remove(homeFile(linked));
  }
  for (const path of [postgres, folder.sandbox, folder.runtime, folder.state]) await remove(path);
  for (const suffix of ['', '-shm', '-wal', '-journal']) {
    await remove(folder.temporalDatabase + suffix);
  }
  await remove(join(folder.root, 'logs'));
}

const remove = (path: string) => rm(path, { recursive: true, force: true });

async function linkTarget(path: string): Promise<string | null> {
  try {
    return await readlink(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EINVAL') return null;
    throw error;
  }
}

/** Makes the folder and what every start needs in it. */
export async function createFolder(folder: DataFolder): Promise<void> {
  await mkdir(folder.root, { recursive: true, mode: 0o755 });
  // An empty one is for us alone, so the user that PostgreSQL runs as may pass through; what is secret
  // in it is readable by its owner only.
  const isEmpty = (await readdir(folder.root)).length === 0;
  if (isEmpty && process.getuid?.() === 0) {
    await chmod(folder.root, (await stat(folder.root)).mode | 0o011);
  }
  await mkdir(folder.runtime, { recursive: true, mode: 0o700 });
  // Git keeps data and passwords out of commits when the folder lies in a work tree.
  const ignore = join(folder.root, '.gitignore');
  const found = await readFile(ignore, 'utf8').catch(() => null);
  if (found === null) await writeAtomically(ignore, '*\n', 0o644);
}
