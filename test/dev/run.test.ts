import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from './folder.ts';

const BIN = fileURLToPath(new URL('../../bin', import.meta.url));

/** A clone in small: the launcher, one dependency that needs no registry, one program. */
async function clone() {
  const root = await temporaryFolder();
  await cp(BIN, join(root, 'bin'), { recursive: true });
  await dependency(root, 'first', '1.0.0');
  await writeFile(
    join(root, 'main.ts'),
    `const args: string[] = process.argv.slice(2);
     process.on('SIGTERM', () => { console.log('asked to end'); process.exit(7); });
     console.log(JSON.stringify(args));
     if (args[0] === 'wait') setInterval(() => {}, 1000);
     else process.exitCode = Number(args[0] ?? 0);`,
  );
  return root;
}

/** Makes `name` the one dependency, and writes the lock for it. */
async function dependency(root: string, name: string, version: string): Promise<void> {
  await rm(join(root, 'package-lock.json'), { force: true });
  const dependencies = { [name]: `file:./${name}` };
  await mkdir(join(root, name), { recursive: true });
  await writeFile(join(root, name, 'package.json'), JSON.stringify({ name, version }));
  await writeFile(join(root, 'package.json'), JSON.stringify({ name: 'small', dependencies }));
  const args = ['install', '--package-lock-only', '--offline', '--no-audit', '--no-fund'];
  await promisify(execFile)('npm', args, { cwd: root });
}

function start(root: string, ...args: string[]): ChildProcess {
  return spawn(process.execPath, [join(root, 'bin/run.mjs'), 'main.ts', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function ended(child: ChildProcess) {
  let [out, err] = ['', ''];
  child.stdout!.on('data', (chunk) => (out += chunk));
  child.stderr!.on('data', (chunk) => (err += chunk));
  const [code, signal] = await once(child, 'close');
  return { code, signal, out, err };
}

describe('bin/run.mjs', () => {
  it('installs in a fresh clone, once, and hands arguments and exit code over', async () => {
    const root = await clone();
    const first = await ended(start(root, '5', 'a b', '--x'));
    expect(first).toMatchObject({ code: 5, out: '["5","a b","--x"]\n' });
    expect(first.err).toContain('Installing');
    expect(await ended(start(root))).toEqual({ code: 0, signal: null, out: '[]\n', err: '' });
  });

  it('installs again when the lock asks for something else', async () => {
    const root = await clone();
    await ended(start(root));
    await dependency(root, 'second', '2.0.0');
    expect((await ended(start(root))).err).toContain('Installing');
    const installed = join(root, 'node_modules/second/package.json');
    expect(JSON.parse(await readFile(installed, 'utf8'))).toMatchObject({ version: '2.0.0' });
  });

  it('installs once when two start together', async () => {
    const root = await clone();
    const both = await Promise.all([ended(start(root)), ended(start(root))]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    const said = both.map(({ err }) => err).join('');
    expect(said.match(/Installing/g)).toHaveLength(1);
    expect(said).toContain('waiting for it');
  });

  it('takes over from an install that was killed', async () => {
    const root = await clone();
    const killed = start(root);
    await once(killed.stderr!, 'data');
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    expect(await ended(start(root))).toMatchObject({ code: 0, out: '[]\n' });
  });

  it('says so, and ends with 1, when npm ci fails', async () => {
    const root = await clone();
    await writeFile(join(root, 'package.json'), JSON.stringify({ dependencies: { other: '1' } }));
    const failed = await ended(start(root));
    expect(failed).toMatchObject({ code: 1, out: '' });
    expect(failed.err).toContain('npm ci ended with 1');
  });

  it('passes signals on and ends as the program ends', async () => {
    const root = await clone();
    await ended(start(root));
    const waiting = start(root, 'wait');
    const end = ended(waiting);
    await once(waiting.stdout!, 'data');
    waiting.kill('SIGTERM');
    expect(await end).toMatchObject({ code: 7, out: '["wait"]\nasked to end\n' });
  });
});
