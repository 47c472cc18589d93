import { forTests } from '../support/for-tests.ts';
import { type RunningSandbox, type SandboxOptions, startSandbox } from './support.ts';
import { login, restClient } from './support-client.ts';

/** A sandbox for the tests of a file. */
export function sandboxForTests(options?: SandboxOptions): RunningSandbox {
  return forTests(
    () => startSandbox(options),
    ({ stop }) => stop(),
  );
}

/** A REST client for the tests of a file: of the sync user, or of the administrator. */
export function restForTests(
  sandbox: RunningSandbox,
  who?: 'admin',
): ReturnType<typeof restClient> {
  const session = forTests(async () => ({ token: await login(sandbox, who && sandbox[who]) }));
  return (...request) => restClient(sandbox, session.token)(...request);
}
