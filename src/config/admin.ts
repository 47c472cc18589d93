import type { SalesforceCredentials } from '../salesforce/credentials.ts';
import { readEndpoints } from './endpoints.ts';
import { ConnectionEnvironment, type Environment } from './environment.ts';
import { guardSecrets } from './guard.ts';
import { ConfigError } from './problem.ts';

/**
 * An administrator's login for `tandem setup`: the variables SALESFORCE_ADMIN_USERNAME, _PASSWORD and
 * _SECURITY_TOKEN (or each with _FILE), a user name given on the command line over the first, or the
 * sandbox's own administrator. Null when there is none: the sync user may do it itself.
 * @throws ConfigError
 */
export function readAdministrator(
  env: Environment,
  source: { connection: string; loginUrl: string; username?: string; dataDir?: string | undefined },
): SalesforceCredentials | null {
  const problems: string[] = [];
  const variables = new ConnectionEnvironment(env, source.connection, true, problems);
  const read = (name: string) => variables.read(`SALESFORCE_ADMIN_${name}`);
  const username = source.username ?? read('USERNAME');
  const password = read('PASSWORD');
  const securityToken = read('SECURITY_TOKEN');
  const endpoints = source.dataDir === undefined ? null : readEndpoints(source.dataDir);
  const given = endpoints?.salesforce;
  const admin = given?.loginUrl === source.loginUrl ? given.admin : null;
  if (username !== null && password === null && username !== admin?.username) {
    problems.push(
      `${username} has no password: set SALESFORCE_ADMIN_PASSWORD, or SALESFORCE_ADMIN_PASSWORD_FILE.`,
    );
  }
  if (problems.length > 0) throw new ConfigError(problems);
  const whole =
    username !== null && password !== null
      ? { username, password, ...(securityToken !== null && { securityToken }) }
      : admin;
  if (!whole) return null;
  return guardSecrets<SalesforceCredentials>({ loginUrl: source.loginUrl, ...whole }, [
    'password',
    'securityToken',
  ]);
}
