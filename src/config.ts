import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readAdministrator } from './config/admin.ts';
import { type Endpoints, readEndpoints } from './config/endpoints.ts';
import { ConnectionEnvironment, type Environment } from './config/environment.ts';
import { guardSecrets } from './config/guard.ts';
import { ConfigError } from './config/problem.ts';
import { type ConnectionSettings, connectionSettings, type FileSettings } from './config/schema.ts';
import { readSettings } from './config/yaml-file.ts';
import { grantOf, type SalesforceCredentials } from './salesforce/credentials.ts';
import { CredentialsRejected } from './salesforce/errors.ts';

export { formatDuration, parseDuration } from './config/duration.ts';
export { ConfigError } from './config/problem.ts';

/** One org paired with one marketing database. Printed, its secrets are hidden. */
export interface ConnectionConfig extends ConnectionSettings {
  name: string;
  /** With user and password. Empty only when `needs` did not ask for it. */
  databaseUrl: string;
  salesforce: SalesforceCredentials;
}

export interface Config {
  /** At least one; the first is the default. */
  connections: ConnectionConfig[];
  /** TEMPORAL_* of the environment go before these. */
  temporal: { address: string | null; namespace: string | null; taskQueue: string };
  log: { level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent' };
}

/** What has to be there, else loadConfig throws. */
export type Need = 'salesforce' | 'database';

export interface ConfigSource {
  /** Default: the process's own. */
  env?: Environment | undefined;
  /** tandem.yaml. Default: the one in the working directory or else in the data folder, if there is one. */
  file?: string | undefined;
  /** A data folder of `npm start`: its endpoints.json gives what the environment does not. */
  dataDir?: string | undefined;
  needs?: readonly Need[] | undefined;
  /** The connection that has to have them; null for the first. Default: every one. */
  needed?: string | null | undefined;
}

const FILE_NAME = 'tandem.yaml';
const DEFAULT_LOGIN_URL = 'https://login.salesforce.com';
const ALL: readonly Need[] = ['salesforce', 'database'];

/**
 * The one reader of the environment and of tandem.yaml.
 * @throws ConfigError naming every problem at once, with file and line where there is one.
 */
export function loadConfig(source: ConfigSource = {}): Config {
  const env = source.env ?? process.env;
  const settings = loadSettings(source);
  const endpoints = source.dataDir === undefined ? null : readEndpoints(source.dataDir);
  const { connections: named, temporal, log, ...top } = settings;
  const names = Object.keys(named ?? {});
  if (names.length === 0) names.push('default');
  const problems: string[] = [];
  const connections = names.map((name): ConnectionConfig => {
    const plain = name === 'default' || names.length === 1;
    const variables = new ConnectionEnvironment(env, name, plain, problems);
    const given = endpoints?.connection === name ? endpoints : null;
    const salesforce = credentials(variables, given?.salesforce ?? null);
    const databaseUrl = variables.read('DATABASE_URL') ?? given?.database?.url ?? '';
    if ((source.needed ?? (source.needed === null ? names[0] : name)) === name) {
      problems.push(...missing(name, variables, salesforce, databaseUrl, source));
    }
    return guardSecrets(
      { name, databaseUrl, salesforce, ...connectionSettings(top, named?.[name] ?? {}) },
      ['databaseUrl'],
    );
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    connections,
    temporal: {
      address: endpoints?.temporal?.address ?? null,
      namespace: endpoints?.temporal?.namespace ?? null,
      taskQueue: temporal?.taskQueue ?? 'tandem',
    },
    log: { level: log?.level ?? 'info' },
  };
}

/** The administrator's login for `tandem setup`, see config/admin.ts; null for none. */
export function loadAdministrator(
  source: Parameters<typeof readAdministrator>[1],
): SalesforceCredentials | null {
  return readAdministrator(process.env, source);
}

/** Which parts the environment gives, so that none of our own is started for them. */
export function environmentGives(env: Environment = process.env): {
  salesforce: boolean;
  database: boolean;
  temporal: boolean;
  temporalCliPath: string | null;
} {
  const isSet = (prefix: string) =>
    Object.entries(env).some(([name, value]) => name.startsWith(prefix) && Boolean(value));
  return {
    salesforce: isSet('SALESFORCE_'),
    database: isSet('DATABASE_URL'),
    temporal: isSet('TEMPORAL_ADDRESS') || isSet('TEMPORAL_PROFILE'),
    temporalCliPath: env.TEMPORAL_CLI_PATH || null,
  };
}

/** The file that settings come from, whether it is there or not. */
export function settingsFile({ file, dataDir }: ConfigSource): string {
  if (file !== undefined) return file;
  return dataDir === undefined || existsSync(FILE_NAME) ? FILE_NAME : join(dataDir, FILE_NAME);
}

function loadSettings(source: ConfigSource): FileSettings {
  const file = settingsFile(source);
  return source.file !== undefined || existsSync(file) ? readSettings(file) : {};
}

/**
 * The environment's credentials, filled up from endpoints.json. A way to log in that the environment
 * names is the one to use: the other ways' secrets, and those of another user or app, stay out.
 */
function credentials(
  variables: ConnectionEnvironment,
  endpoints: NonNullable<Endpoints['salesforce']> | null,
): SalesforceCredentials {
  const read = (name: string) => variables.read(`SALESFORCE_${name}`);
  const own = {
    username: read('USERNAME'),
    password: read('PASSWORD'),
    securityToken: read('SECURITY_TOKEN'),
    clientId: read('CLIENT_ID'),
    clientSecret: read('CLIENT_SECRET'),
    jwtKey: read('JWT_KEY'),
    refreshToken: read('REFRESH_TOKEN'),
  };
  const user = own.username === null || own.username === endpoints?.username ? endpoints : null;
  const app = own.clientId === null || own.clientId === endpoints?.clientId ? endpoints : null;
  const wayGiven = own.password ?? own.jwtKey ?? own.refreshToken ?? own.clientSecret;
  const way = wayGiven === null ? user : null;
  const all = {
    username: own.username ?? user?.username,
    password: own.password ?? way?.password,
    securityToken: own.securityToken ?? user?.securityToken,
    clientId: own.clientId ?? app?.clientId,
    clientSecret: own.clientSecret ?? app?.clientSecret,
    jwtKey: own.jwtKey ?? (way?.jwtKeyFile ? variables.readFile(way.jwtKeyFile) : null),
    refreshToken: own.refreshToken ?? way?.refreshToken,
  };
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value));
  const loginUrl = read('LOGIN_URL') ?? endpoints?.loginUrl ?? DEFAULT_LOGIN_URL;
  return guardSecrets<SalesforceCredentials>({ loginUrl, ...given }, [
    'password',
    'securityToken',
    'clientSecret',
    'jwtKey',
    'refreshToken',
  ]);
}

function missing(
  name: string,
  variables: ConnectionEnvironment,
  salesforce: SalesforceCredentials,
  databaseUrl: string,
  source: ConfigSource,
): string[] {
  const needs = source.needs ?? ALL;
  const or =
    source.dataDir === undefined ? '' : `, or start a sandbox on ${source.dataDir} with npm start`;
  const problems: string[] = [];
  if (needs.includes('database') && databaseUrl === '') {
    const variable = variables.nameOf('DATABASE_URL');
    problems.push(`Connection ${name} has no database: set ${variable}${or}.`);
  }
  if (needs.includes('salesforce') && !canLogIn(salesforce)) {
    const set = (variable: string) => variables.nameOf(`SALESFORCE_${variable}`);
    problems.push(
      `Connection ${name} cannot log in to Salesforce: set ${set('USERNAME')} and ${set('PASSWORD')}, ` +
        `or ${set('CLIENT_ID')} with ${set('CLIENT_SECRET')} or ${set('REFRESH_TOKEN')}, ` +
        `or ${set('CLIENT_ID')}, ${set('USERNAME')} and ${set('JWT_KEY_FILE')}${or}.`,
    );
  }
  return problems;
}

function canLogIn(salesforce: SalesforceCredentials): boolean {
  try {
    grantOf(salesforce);
    return true;
  } catch (error) {
    if (error instanceof CredentialsRejected) return false;
    throw error;
  }
}
