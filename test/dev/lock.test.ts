import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { takeLock, waitForLock } from '../../src/dev/lock.ts';
import { processRef } from '../../src/dev/processes.ts';
import { temporaryFolder } from './folder.ts';

async function held(file: string) {
  const answer = await takeLock(file);
  if (!('release' in answer)) throw new Error(`held by ${answer.pid}`);
  return answer;
}

describe('the lock of a data folder', () => {
  it('tells the second who holds it, and is free again after its release', async () => {
    const file = join(await temporaryFolder(), 'lock');
    const lock = await held(file);
    expect(await takeLock(file)).toEqual(await processRef(process.pid));
    await lock.release();
    await (await held(file)).release();
  });

  it('is taken over from a process that was killed', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'lock');
    const other = spawn('sleep', ['60']);
    await writeFile(file, JSON.stringify(await processRef(other.pid!)));
    expect(await takeLock(file)).toMatchObject({ pid: other.pid });
    other.kill('SIGKILL');
    await once(other, 'exit');
    await (await held(file)).release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('is taken over when its pid now belongs to a process that started at another time', async () => {
    const file = join(await temporaryFolder(), 'lock');
    await writeFile(file, JSON.stringify({ pid: process.pid, started: 'an earlier boot/1' }));
    await (await held(file)).release();
  });

  it('is taken over when a full disk cut its text', async () => {
    const file = join(await temporaryFolder(), 'lock');
    await writeFile(file, '{"pid":');
    await (await held(file)).release();
  });

  it('goes to one only of many that find it stale at once', async () => {
    const file = join(await temporaryFolder(), 'lock');
    await writeFile(file, JSON.stringify({ pid: process.pid, started: 'an earlier boot/1' }));
    // In one process each would write the same draft, so others take part as processes of their own.
    const script = `
      const { takeLock } = await import(${JSON.stringify(import.meta.resolve('../../src/dev/lock.ts'))});
      const answer = await takeLock(${JSON.stringify(file)});
      console.log('release' in answer ? 'taken' : 'refused');
      process.stdin.resume();`;
    const racers = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', script]),
    );
    const answers = await Promise.all(
      racers.map(async ({ stdout }) => String((await once(stdout, 'data'))[0]).trim()),
    );
    for (const racer of racers) racer.kill('SIGKILL');
    expect(answers.toSorted()).toEqual(['refused', 'refused', 'refused', 'taken']);
  });

  it('is waited for, and the wait says once for whom', async () => {
    const file = join(await temporaryFolder(), 'lock');
    const lock = await held(file);
    const told: number[] = [];
    const waiting = waitForLock(file, ({ pid }) => {
      told.push(pid);
      setTimeout(() => void lock.release(), 400);
    });
    await (await waiting).release();
    expect(told).toEqual([process.pid]);
  });
});
