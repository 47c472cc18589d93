/**
 * node bin/run.mjs <file.ts> [arguments]: installs what package-lock.json asks for when that is not
 * there, then runs the file with the Node that the lock names. Uses nothing but Node's own modules
 * and runs on Node 18, so that a fresh clone needs no other command. Says nothing on stdout.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
/** Runs TypeScript as it is, and is what the dependencies ask for. */
const NODE_NEEDED = [22, 19];

/** A smaller young generation than Node's 16 MB: what streams through a worker is garbage at once, and lies there until it is full. */
const FLAGS = ['--max-semi-space-size=4'];

const [file, ...args] = process.argv.slice(2);
if (!file) fail('Usage: node bin/run.mjs <file.ts> [arguments]', 2);

if (!isInstalled()) await whileLocked(() => (isInstalled() ? undefined : install()));
handOver();

/**
 * True when node_modules holds just what the lock says. npm's own record of it tells, but npm also writes
 * that without installing (--package-lock-only), so the folders have to be there too.
 */
function isInstalled() {
  const wanted = readPackages(join(root, 'package-lock.json'));
  if (!wanted) fail(`${root} has no package-lock.json: is the clone complete?`, 1);
  const there = readPackages(join(modules, '.package-lock.json'));
  if (!there) return false;
  const same = (name) =>
    wanted[name] !== undefined &&
    there[name] !== undefined &&
    wanted[name].version === there[name].version &&
    existsSync(join(root, name));
  // Optional packages are those of other systems too; they are not installed here.
  return (
    Object.keys(wanted).every((name) => name === '' || wanted[name].optional || same(name)) &&
    Object.keys(there).every(same)
  );
}

function readPackages(lock) {
  try {
    return JSON.parse(readFileSync(lock, 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function install() {
  const since = Date.now();
  const seconds = () => `${Math.round((Date.now() - since) / 1000)} s`;
  say('Installing what package-lock.json asks for, with npm ci: about a minute, this once.');
  const tick = setInterval(() => say(`  … ${seconds()}`), 10_000);
  // The tests and tools are part of what a clone runs, whatever NODE_ENV says; and npm run -s must
  // not silence npm's errors here.
  const flags = ['ci', '--include=dev', '--loglevel=error', '--no-audit', '--no-fund'];
  const npm = process.env.npm_execpath;
  const [command, first] = npm?.endsWith('.js')
    ? [process.execPath, [npm]]
    : [process.platform === 'win32' ? 'npm.cmd' : 'npm', []];
  const code = await new Promise((resolve) => {
    const child = spawn(command, [...first, ...flags], { cwd: root, stdio: ['ignore', 2, 2] });
    child.once('error', (error) => {
      say(String(error));
      resolve(1);
    });
    child.once('exit', (exitCode, signal) =>
      resolve(signal ? 128 + constants.signals[signal] : exitCode),
    );
  });
  clearInterval(tick);
  if (code !== 0) {
    fail(
      `npm ci ended with ${code} in ${root}: see its message above, mend that, then start again.`,
      1,
    );
  }
  say(`Installed in ${seconds()}.`);
}

/** Runs `work` in one process at a time per clone: npm ci begins by deleting node_modules. */
async function whileLocked(work) {
  const key = createHash('sha256').update(root).digest('hex').slice(0, 16);
  const lock = join(tmpdir(), `tandem-install-${key}.lock`);
  for (let told = false; ; await new Promise((resolve) => setTimeout(resolve, 300))) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = readHolder(lock);
    if (holder === undefined) continue;
    if (isAlive(holder)) {
      if (!told) say(`Another start (process ${holder}) is installing here: waiting for it.`);
      told = true;
    } else {
      breakLock(lock, holder);
    }
  }
  try {
    await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function readHolder(lock) {
  try {
    return Number(readFileSync(lock, 'utf8')) || undefined;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Takes away the lock of a process that is gone, and puts it back if another has just taken it. */
function breakLock(lock, holder) {
  const aside = `${lock}.${process.pid}`;
  try {
    renameSync(lock, aside);
    if (readHolder(aside) !== holder) linkSync(aside, lock);
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error;
  }
  rmSync(aside, { force: true });
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function handOver() {
  const bundled = join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  run(existsSync(bundled) ? bundled : ownNode(), existsSync(bundled));
}

/** The Node we run on, when it will do: install scripts may be off, or the bundled one made for another libc. */
function ownNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > NODE_NEEDED[0] || (major === NODE_NEEDED[0] && minor >= NODE_NEEDED[1])) {
    return process.execPath;
  }
  return fail(
    `This needs Node ${NODE_NEEDED.join('.')} or newer, and here is ${process.versions.node}. The one that comes with ` +
      'node_modules is not there or does not run on this system. Install Node 24, or run ' +
      '"npm rebuild node --ignore-scripts=false" if install scripts are switched off.',
    1,
  );
}

function run(node, isBundled) {
  // The channel tells the child when this process is gone.
  const child = spawn(node, [...FLAGS, join(root, file), ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  const forward = (signal) => child.kill(signal);
  const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];
  child.once('spawn', () => {
    for (const signal of forwarded) process.on(signal, forward);
    if (process.env.npm_lifecycle_event) watchParent(() => forward('SIGTERM'));
  });
  child.once('error', (error) => {
    if (isBundled && child.pid === undefined) run(ownNode(), false);
    else fail(`${node} could not be run: ${error.message}`, 1);
  });
  child.once('exit', (code, signal) => {
    for (const name of forwarded) process.removeListener(name, forward);
    if (signal) process.kill(process.pid, signal);
    process.exitCode = code ?? 1;
    if (!signal) process.exit();
  });
}

/** npm killed without a chance to pass the signal on: then what it started ends as well. */
function watchParent(onGone) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, 1_000);
}

function say(text) {
  process.stderr.write(`${text}\n`);
}

function fail(text, code) {
  say(text);
  process.exit(code);
}
