import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { launch, readyLine } from '../../src/dev/child.ts';
import { startGuard, toGuarded } from '../../src/dev/guard-link.ts';
import { isRunning, processRef } from '../../src/dev/processes.ts';
import { type Part, type RunningPart, Supervisor } from '../../src/dev/supervisor.ts';
import { temporaryFolder } from './folder.ts';

/** A program that is ready at once, notes its name in a file when it is asked to end, and ends. */
function program(name: string, notes: string): string {
  return `
    process.on('SIGTERM', () => {
      require('fs').appendFileSync(${JSON.stringify(notes)}, '${name} ');
      process.exit(0);
    });
    console.log('{"ready":true}');
    setInterval(() => {}, 1000);`;
}

async function setting({ backoffMs = 10 } = {}) {
  const folder = await temporaryFolder();
  const notes = join(folder, 'notes');
  await writeFile(notes, '');
  const reports: string[] = [];
  let changed: (running: readonly RunningPart[]) => void = () => undefined;
  const supervisor = new Supervisor({
    report: (text) => reports.push(text),
    onChange: async (running) => changed(running),
    backoff: () => backoffMs,
  });
  onTestFinished(() => supervisor.stop());
  const part = (name: string, level: number, script = program(name, notes)): Part => ({
    name,
    level,
    async start(start) {
      const child = await launch({
        name,
        command: process.execPath,
        args: ['-e', script],
        logFile: join(folder, `${name}.log`),
        start,
      });
      await readyLine(child, 10_000);
      return child;
    },
  });
  /** Resolves when the part runs as another process than `pid`. */
  const replaced = (name: string, pid: number) =>
    new Promise<number>((resolve) => {
      changed = (running) => {
        const found = running.find((one) => one.part.name === name);
        if (found && found.child.ref.pid !== pid) resolve(found.child.ref.pid);
      };
    });
  const text = () => readFile(notes, 'utf8');
  return { folder, supervisor, part, reports, replaced, text };
}

describe('the supervisor', () => {
  it('starts a killed part again and says so', async () => {
    const { supervisor, part, reports, replaced } = await setting();
    const child = await supervisor.add(part('Temporal', 1));
    const again = replaced('Temporal', child.ref.pid);
    process.kill(child.ref.pid, 'SIGKILL');
    const pid = await again;
    await expect
      .poll(() => reports)
      .toEqual([
        'Temporal died (signal SIGKILL): starting it again in 0.01 s.',
        `Temporal runs again (process ${pid}).`,
      ]);
  });

  it('tries again after a restart that failed', async () => {
    const { folder, supervisor, part, reports } = await setting();
    const flag = join(folder, 'broken');
    const script = `
      if (require('fs').existsSync(${JSON.stringify(flag)})) {
        require('fs').rmSync(${JSON.stringify(flag)});
        console.error('not now');
        process.exit(3);
      }
      ${program('Worker', join(folder, 'notes'))}`;
    const child = await supervisor.add(part('Worker', 1, script));
    await writeFile(flag, '');
    process.kill(child.ref.pid, 'SIGKILL');
    await expect.poll(() => reports.at(-1), { timeout: 10_000 }).toContain('runs again');
    expect(reports[1]).toContain('Worker did not start (exit code 3)');
    expect(reports[1]).toContain('    not now');
  });

  it('stops all, those of a higher level first, and does not start them again', async () => {
    const { supervisor, part, reports, text } = await setting();
    const [one] = [await supervisor.add(part('low', 1)), await supervisor.add(part('high', 2))];
    await supervisor.stop();
    await supervisor.stop();
    expect(await text()).toBe('high low ');
    expect(await isRunning(one.ref)).toBe(false);
    expect(reports).toEqual([]);
  });

  it('a part that does not come up fails with the end of its log and leaves no process', async () => {
    const { supervisor, part } = await setting();
    const broken = part('Sandbox', 1, 'console.error("no space left on device"); process.exit(1)');
    await expect(supervisor.add(broken)).rejects.toThrow(
      /Sandbox did not start \(exit code 1\)[\s\S]* {4}no space left on device[\s\S]*disk is full/,
    );
    expect(supervisor.running).toEqual([]);
  });

  it('a stop while a part still starts ends that part too', async () => {
    const { supervisor, part, replaced } = await setting();
    const launched = replaced('slow', 0);
    const added = supervisor.add(part('slow', 1, 'setInterval(() => {}, 1000)'));
    const failed = expect(added).rejects.toThrow('stopping');
    const ref = await processRef(await launched);
    await supervisor.stop();
    await failed;
    expect(await isRunning(ref!)).toBe(false);
  });
});

it('the guard ends the parts in order, and takes endpoints.json away, when the starter is killed', async () => {
  // The parts' own supervisor lives on here, and must not start them again meanwhile.
  const { folder, supervisor, part, text } = await setting({ backoffMs: 60_000 });
  await supervisor.add(part('low', 1));
  await supervisor.add(part('high', 2));
  const endpoints = join(folder, 'endpoints.json');
  const link = import.meta.resolve('../../src/dev/guard-link.ts');
  const guarded = toGuarded(supervisor.running);
  // Stands for the starter: it gives the list to the guard and is killed.
  const starter = await launch({
    name: 'starter',
    command: process.execPath,
    args: [
      '--input-type=module',
      '-e',
      `import { startGuard } from ${JSON.stringify(link)};
       import { writeFileSync } from 'node:fs';
       writeFileSync(${JSON.stringify(endpoints)}, JSON.stringify({ pids: { main: process.pid } }));
       startGuard(${JSON.stringify(endpoints)}).update(${JSON.stringify(guarded)});
       console.log('{"ready":true}');
       setInterval(() => {}, 1000);`,
    ],
    logFile: join(folder, 'starter.log'),
  });
  await readyLine(starter, 10_000);
  const ended = Promise.all(supervisor.running.map(({ child }) => child.exited));
  const stopping = once(supervisor.signal, 'abort');
  process.kill(starter.ref.pid, 'SIGKILL');
  await ended;
  await supervisor.stop();
  await stopping;
  expect(await text()).toBe('high low ');
  await expect(readFile(endpoints)).rejects.toMatchObject({ code: 'ENOENT' });
});

it('the guard leaves all alone when the starter ended in order', async () => {
  const { folder, supervisor, part } = await setting();
  const child = await supervisor.add(part('low', 1));
  const guard = startGuard(join(folder, 'endpoints.json'));
  guard.update(toGuarded(supervisor.running));
  guard.update([]);
  expect(await isRunning(child.ref)).toBe(true);
});
