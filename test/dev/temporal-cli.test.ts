import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  isTemporal,
  type Source,
  TEMPORAL_CLI_VERSION,
  type TemporalCliOptions,
  temporalCli,
} from '../../src/dev/temporal-cli.ts';
import { downloadOfficial } from '../../src/dev/temporal-cli-sources.ts';
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

describe('the official download', () => {
  /** Serves one body for every path; the archive holds `temporal` with this answer to --version. */
  async function site(folder: string, status: number, version: string) {
    await binary(join(folder, 'temporal'), version);
    const archive = join(folder, 'served.tar.gz');
    await promisify(execFile)('tar', ['-czf', archive, '-C', folder, 'temporal']);
    const body = await readFile(archive);
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url!);
      response.writeHead(status).end(body);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    return { asked, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  }

  it('is put in place when the binary in it runs', async () => {
    const folder = await temporaryFolder();
    const { asked, origin } = await site(folder, 200, 'temporal version 1.2.3');
    const target = join(folder, 'cache', 'temporal');
    await mkdir(dirname(target));
    expect(await downloadOfficial(target, () => undefined, origin)).toBeNull();
    expect(await isTemporal(target)).toBe(true);
    expect(await readdir(dirname(target))).toEqual(['temporal']);
    expect(asked[0]).toContain(`/cli/archive/v${TEMPORAL_CLI_VERSION}?platform=`);
  });

  it.each([
    [404, 'temporal version 1.2.3', 'answers 404'],
    [200, 'for another system', 'does not run here'],
  ])('with status %i and a binary "%s" is passed over: %s', async (status, version, reason) => {
    const folder = await temporaryFolder();
    const { origin } = await site(folder, status, version);
    const target = join(folder, 'cache', 'temporal');
    await mkdir(dirname(target));
    expect(await downloadOfficial(target, () => undefined, origin)).toContain(reason);
    expect(await readdir(dirname(target))).toEqual([]);
  });
});

it('the version built is the one that the go.mod names', async () => {
  const module = await readFile(
    new URL('../../src/dev/temporal-cli/go.mod', import.meta.url),
    'utf8',
  );
  expect(module).toContain(`github.com/temporalio/cli v${TEMPORAL_CLI_VERSION}`);
});
