import { isIP } from 'node:net';
import { isCurrency, setMultiCurrency } from '../multi-currency.ts';
import { changedNow, type SandboxOrg } from '../sandbox-org.ts';
import { DEFAULT_SETTINGS, type Settings, saveSettings } from '../settings.ts';
import { refreshDefinitions } from '../tooling/definitions.ts';
import { wrong } from './read-fault.ts';
import { ownerNamed } from './rules/assignment.ts';

/** Changes the settings that `body` names, for good, and returns all that are in force. */
export async function changeSettings(org: SandboxOrg, body: unknown): Promise<Settings> {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw wrong('settings are an object of names and values');
  const changes: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body)) {
    if (!Object.hasOwn(DEFAULT_SETTINGS, name))
      throw wrong(`there is no setting "${name}": ${Object.keys(DEFAULT_SETTINGS).join(', ')}`);
    changes[name] = await READERS[name as keyof Settings](org, name, value);
  }
  const { multiCurrency, corporateCurrency } = { ...org.settings, ...changes } as Settings;
  const isOther =
    multiCurrency !== org.settings.multiCurrency ||
    (multiCurrency && corporateCurrency !== org.settings.corporateCurrency);
  if (isOther) await setMultiCurrency(org, multiCurrency, corporateCurrency);
  await saveSettings(org.pool, changes);
  Object.assign(org.settings, changes);
  await org.permissions.reload();
  await refreshDefinitions(org.pool, org.schema, org.settings);
  // Describes depend on some of them.
  changedNow(org);
  return org.settings;
}

type Reader = (org: SandboxOrg, name: string, value: unknown) => unknown;

const READERS: Record<keyof Settings, Reader> = {
  multiCurrency: bool,
  corporateCurrency: currency,
  sharing,
  sessionMinutes: number(1),
  loginAttempts: number(0),
  lockoutMinutes: number(0),
  loginIpRanges: rangesByProfile,
  trustedIpRanges: ranges,
  enforceLoginIpRangesOnEveryRequest: bool,
  apiEnabled: bool,
  passwordFlow: bool,
  rotateRefreshTokens: bool,
  adminApprovedUsersOnly: bool,
  approvedProfiles: texts,
  appDailyCalls: number(0),
  defaultLeadOwner: async (org, _name, value) =>
    value === null ? null : await ownerNamed(org.pool, { name: 'Lead' }, String(value)),
};

function bool(_org: SandboxOrg, name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw wrong(`"${name}" must be true or false`);
  return value;
}

function number(least: number): Reader {
  return (_org, name, value) => {
    if (typeof value !== 'number' || !(value >= least && value < 1e9))
      throw wrong(`"${name}" must be a number from ${least}`);
    return value;
  };
}

function currency(_org: SandboxOrg, name: string, value: unknown): string {
  if (typeof value !== 'string' || !isCurrency(value))
    throw wrong(`"${name}" must be the ISO code, of three letters, of a currency of CurrencyType`);
  return value;
}

function texts(_org: SandboxOrg, name: string, value: unknown): string[] {
  if (!Array.isArray(value) || value.some((one) => typeof one !== 'string'))
    throw wrong(`"${name}" must be a list of texts`);
  return value;
}

/** Merges into what is set already; canonical object names. */
function sharing(org: SandboxOrg, name: string, value: unknown): Settings['sharing'] {
  const merged = { ...org.settings.sharing };
  for (const [given, model] of Object.entries(Object(value))) {
    const object = org.schema.object(given);
    if (object?.fields.some((field) => field.name === 'OwnerId') !== true)
      throw wrong(`"${name}": there is no object ${given} with an owner`);
    if (model !== 'Public' && model !== 'Private')
      throw wrong(`"${name}.${given}" must be "Public" or "Private"`);
    merged[object.name] = model;
  }
  return merged;
}

function ranges(org: SandboxOrg, name: string, value: unknown): string[] {
  for (const range of texts(org, name, value))
    if (range.split('-').some((address) => isIP(address.trim()) === 0))
      throw wrong(`"${name}": ${range} is no address and no range of two`);
  return value as string[];
}

function rangesByProfile(org: SandboxOrg, name: string, value: unknown): Record<string, string[]> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong(`"${name}" must be an object of profile names and lists of addresses`);
  for (const [profile, list] of Object.entries(value)) ranges(org, `${name}.${profile}`, list);
  return value as Record<string, string[]>;
}
