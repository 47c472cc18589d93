import type { Pool } from 'pg';

/** What an administrator sets for the whole org; kept in org_meta.setting, changed at the control URL. */
export interface Settings {
  /** CurrencyType has rows, and objects with an owner or amounts have CurrencyIsoCode. */
  multiCurrency: boolean;
  /** ISO code of the corporate currency. */
  corporateCurrency: string;
  /** Org-wide defaults by object name; an object that is not named is Public (read and write). */
  sharing: Record<string, 'Public' | 'Private'>;
  /** Minutes without a call after which a session ends. */
  sessionMinutes: number;
  /** Wrong passwords in a row that lock a user out; 0 for never. */
  loginAttempts: number;
  /** Minutes that a user stays locked out. */
  lockoutMinutes: number;
  /** By profile name: the addresses its users may log in from, each `10.0.0.1` or `10.0.0.1-10.0.0.9`. No entry: all. */
  loginIpRanges: Record<string, string[]>;
  /** Addresses from which no security token is needed, in the same form. */
  trustedIpRanges: string[];
  /** Sessions are held to their profile's addresses on every call, not at the login alone. */
  enforceLoginIpRangesOnEveryRequest: boolean;
  /** False: the edition has no API, API_DISABLED_FOR_ORG. */
  apiEnabled: boolean;
  /** OAuth's username-password flow. */
  passwordFlow: boolean;
  /** Each use of a refresh token gives a new one and ends the old. */
  rotateRefreshTokens: boolean;
  /** Only users whose profile or permission set names the connected app may use it. */
  adminApprovedUsersOnly: boolean;
  /** Profiles that are admin approved for the connected app. */
  approvedProfiles: string[];
  /** Requests a day that the connected app may make by itself; 0 for no limit but the org's. */
  appDailyCalls: number;
  /** User or queue that gets new leads which the assignment rule that runs has no entry for; null: they keep their owner. */
  defaultLeadOwner: string | null;
}

export const DEFAULT_SETTINGS: Settings = {
  multiCurrency: false,
  corporateCurrency: 'USD',
  sharing: {},
  sessionMinutes: 120,
  loginAttempts: 10,
  lockoutMinutes: 15,
  loginIpRanges: {},
  trustedIpRanges: [],
  enforceLoginIpRangesOnEveryRequest: false,
  apiEnabled: true,
  passwordFlow: true,
  rotateRefreshTokens: false,
  adminApprovedUsersOnly: false,
  approvedProfiles: [],
  appDailyCalls: 0,
  defaultLeadOwner: null,
};

const TABLE = `CREATE TABLE IF NOT EXISTS org_meta.setting (name text PRIMARY KEY, value jsonb NOT NULL)`;

/** The settings in force: the defaults, with what org_meta.setting keeps in their place. */
export async function loadSettings(pool: Pool): Promise<Settings> {
  const { rows: found } = await pool.query(`SELECT to_regclass('org_meta.setting') AS kept`);
  if (found[0].kept === null) return structuredClone(DEFAULT_SETTINGS);
  const { rows } = await pool.query('SELECT name, value FROM org_meta.setting');
  const kept = Object.fromEntries(rows.map(({ name, value }) => [name, value]));
  return { ...structuredClone(DEFAULT_SETTINGS), ...kept };
}

/** Keeps these settings across restarts. */
export async function saveSettings(
  db: Pick<Pool, 'query'>,
  changes: Partial<Settings>,
): Promise<void> {
  await db.query(TABLE);
  for (const [name, value] of Object.entries(changes))
    await db.query(
      `INSERT INTO org_meta.setting (name, value) VALUES ($1, $2)
       ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value`,
      [name, JSON.stringify(value)],
    );
}
