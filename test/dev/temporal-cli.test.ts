import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type Source,
  TEMPORAL_CLI_VERSION,
  type TemporalCliOptions,
  temporalCli,
} from '../../src/dev/temporal-cli.ts';
import { temporaryFolder } from './folder.ts';

/** A program that answers --version with this. */
async function binary(file: string, version = 'temporal version 9.9.9'): Promise<string> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `#!/bin/sh\necho "${version}"\n`);
  await chmod(file, 0o755);
  return file;
}

async function setting() {
  const folder = await temporaryFolder();
  const cacheFolder = join(folder, 'cache');
  const reports: string[] = [];
  const asked: string[] = [];
  const source =
    (name: string, answer: string | null): Source =>
    async (target) => {
      asked.push(name);
      if (answer === null) await binary(target);
      return answer;
    };
  const find = (options: Partial<TemporalCliOptions> = {}) =>
    temporalCli({
      explicit: null,
      command: join(folder, 'path', 'temporal'),
      cacheFolder,
      report: (text) => reports.push(text),
      sources: [source('download', 'offline'), source('go', null)],
      ...options,
    });
  return {
    onPath: join(folder, 'path', 'temporal'),
    cached: join(cacheFolder, `temporal-${TEMPORAL_CLI_VERSION}`, 'temporal'),
    given: join(folder, 'given'),
    asked,
    reports,
    source,
    find,
  };
}

describe('the Temporal CLI is found', () => {
  it('in the order TEMPORAL_CLI_PATH, PATH, cache, download, Go build', async () => {
    const { find, given, onPath, cached, asked, source } = await setting();
    await binary(given);
    await binary(onPath);
    await binary(cached);
    expect(await find({ explicit: given })).toBe(given);
    expect(await find()).toBe(onPath);
    await rm(onPath);
    expect(await find()).toBe(cached);
    expect(asked).toEqual([]);
    await rm(cached);
    expect(await find()).toBe(cached);
    expect(asked).toEqual(['download', 'go']);
    await rm(cached);
    asked.length = 0;
    expect(await find({ sources: [source('download', null), source('go', null)] })).toBe(cached);
    expect(asked).toEqual(['download']);
  });

  it('passing over a program on PATH that has its name and is another', async () => {
    const { find, onPath, cached } = await setting();
    await binary(onPath, 'a tool for tea');
    await binary(cached);
    expect(await find()).toBe(cached);
  });

  it('never by guessing when TEMPORAL_CLI_PATH is wrong', async () => {
    const { find, given, onPath } = await setting();
    await binary(onPath);
    await expect(find({ explicit: given })).rejects.toThrow(`TEMPORAL_CLI_PATH is ${given}`);
  });

  it('or one error says what was tried and what to install', async () => {
    const { find, source } = await setting();
    const sources = [source('download', 'no network'), source('go', 'no Go')];
    const failure = expect(find({ sources })).rejects;
    await failure.toThrow(/no network[\s\S]*no Go[\s\S]*Install the Temporal CLI/);
  });

  it('and made once when two starts look at the same time', async () => {
    const { find, cached, asked, source } = await setting();
    const slow: Source = async (target, report) => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return source('go', null)(target, report);
    };
    expect(await Promise.all([find({ sources: [slow] }), find({ sources: [slow] })])).toEqual([
      cached,
      cached,
    ]);
    expect(asked).toEqual(['go']);
    expect(await readdir(dirname(dirname(cached)))).toEqual([`temporal-${TEMPORAL_CLI_VERSION}`]);
  });
});

it('the version built is the one that the go.mod names', async () => {
  const module = await readFile(
    new URL('../../src/dev/temporal-cli/go.mod', import.meta.url),
    'utf8',
  );
  expect(module).toContain(`github.com/temporalio/cli v${TEMPORAL_CLI_VERSION}`);
});
