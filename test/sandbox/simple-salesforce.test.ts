import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type RunningSandbox, startSandbox } from './support.ts';
import { startTlsProxy, type TlsProxy } from './tls-proxy.ts';

const run = promisify(execFile);
const folder = join(import.meta.dirname, 'python');
const succeeds = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;
const PYTHON = 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))';

const missing = !succeeds('python3', '-c', PYTHON)
  ? 'needs Python 3.11 with venv'
  : succeeds('openssl', 'version')
    ? ''
    : 'needs openssl';

/** The Python of an environment with the client in it, made on first use and kept in the user's cache. */
async function pythonWithClient(): Promise<string> {
  const requirements = join(folder, 'requirements.txt');
  const { stdout: version } = await run('python3', [
    '-c',
    'import sys; print(sys.executable, sys.version)',
  ]);
  const mark = createHash('sha256')
    .update(version)
    .update(await readFile(requirements));
  const home = join(
    homedir(),
    '.cache',
    'tandem',
    `simple-salesforce-${mark.digest('hex').slice(0, 16)}`,
  );
  const python = (place: string) => join(place, 'bin', 'python');
  if (existsSync(home)) return python(home);
  const unfinished = `${home}.${process.pid}`;
  await mkdir(dirname(home), { recursive: true });
  try {
    await run('python3', ['-m', 'venv', unfinished]);
    const packages = ['install', '--quiet', '--no-input', '--only-binary=:all:'];
    await run(python(unfinished), ['-m', 'pip', ...packages, '--requirement', requirements]);
    await rename(unfinished, home);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return python(home);
}

describe.skipIf(missing !== '')(`simple-salesforce${missing && ` (${missing})`}`, () => {
  let sandbox: RunningSandbox;
  let proxy: TlsProxy;
  let python: string;
  let environment: NodeJS.ProcessEnv;

  beforeAll(async () => {
    python = await pythonWithClient();
    sandbox = await startSandbox();
    proxy = await startTlsProxy(sandbox.url);
    const jwtKeyFile = `${proxy.certificateFile}.jwt-key`;
    await writeFile(jwtKeyFile, sandbox.jwtPrivateKey);
    const { orgId, clientId, clientSecret, username, password, securityToken, admin } = sandbox;
    const org = { orgId, clientId, clientSecret, username, password, securityToken, admin };
    const { NO_PROXY: _, no_proxy: __, ...kept } = process.env;
    environment = {
      ...kept,
      HTTPS_PROXY: proxy.url,
      https_proxy: proxy.url,
      REQUESTS_CA_BUNDLE: proxy.certificateFile,
      CURL_CA_BUNDLE: proxy.certificateFile,
      PYTHONDONTWRITEBYTECODE: '1',
      SANDBOX_ORG: JSON.stringify({ ...org, jwtKeyFile }),
    };
  }, 300_000);
  afterAll(async () => {
    await proxy.stop();
    await sandbox.stop();
  });

  it.each([
    ['logs in every way that it has', 'test_logins'],
    ['describes the org, and is refused in its own errors', 'test_org'],
    ['reads and writes records', 'test_records'],
    ['loads and queries in bulk', 'test_bulk'],
  ])('%s', async (_sentence, module) => {
    const options = { cwd: folder, env: environment };
    const { stderr } = await run(python, ['-m', 'unittest', module], options);
    if (!/^Ran [1-9]/m.test(stderr)) throw new Error(`no test ran: ${stderr}`);
  });
});
