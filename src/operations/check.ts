import type { ConnectionConfig } from '../config.ts';
import { isPublic } from '../log.ts';
import type { Sql } from '../marketing/database.ts';
import { createSalesforce } from '../salesforce/client.ts';
import { isMarketingUser, MARKETING_USER_MISSING } from '../salesforce/marketing-user.ts';
import type { Identity, Salesforce } from '../salesforce/port.ts';
import { type Finding, preflight } from '../salesforce/preflight.ts';
import { unknownFields } from '../sync/field-map.ts';
import { chosenObjects } from '../sync/objects.ts';

export interface CheckReport {
  connection: string;
  orgId: string | null;
  username: string | null;
  ok: boolean;
  findings: Finding[];
}

/** What the sync user, the database or Temporal lack, and what it costs (L2). `temporal` connects to it. */
export async function checkConnection(
  connection: ConnectionConfig,
  database: Sql,
  temporal: () => Promise<unknown>,
): Promise<CheckReport> {
  const { name, salesforce: credentials, apiVersion, externalIdField } = connection;
  const salesforce = createSalesforce(credentials, { apiVersion });
  const org = await preflight(salesforce, {
    objects: chosenObjects(connection.objects),
    externalIdField,
  });
  const entered = org.every(({ object }) => object !== null);
  const identity = entered ? await salesforce.identity() : null;
  const findings = [
    ...org,
    ...(entered ? await checkSettings(connection, salesforce) : []),
    ...(identity ? await checkMarketingUser(connection, salesforce, identity.userId) : []),
    ...(identity ? await checkActivities(connection, salesforce) : []),
    ...(await unlessBroken(() => checkDatabase(database, identity))),
    ...(await unlessBroken(() => temporal().then(() => []))),
  ];
  return {
    connection: name,
    orgId: identity?.orgId ?? null,
    username: identity?.username ?? null,
    ok: findings.every(({ severity }) => severity !== 'error'),
    findings,
  };
}

/** Only marketing users write campaigns (E6); of no account where they are switched off. */
export async function checkMarketingUser(
  { objects }: Pick<ConnectionConfig, 'objects'>,
  salesforce: Pick<Salesforce, 'retrieve'>,
  userId: string,
): Promise<Finding[]> {
  if (!objects.Campaign?.enabled || !objects.CampaignMember?.enabled) return [];
  if ((await isMarketingUser(salesforce, userId)) !== false) return [];
  return [{ severity: 'warning', object: 'Campaign', field: null, ...MARKETING_USER_MISSING }];
}

/** Activities become tasks (H2): the sync user has to be allowed to make them. */
export async function checkActivities(
  { activities }: Pick<ConnectionConfig, 'activities'>,
  salesforce: Pick<Salesforce, 'describe'>,
): Promise<Finding[]> {
  if (activities.push.length === 0) return [];
  if ((await salesforce.describe('Task'))?.createable) return [];
  return [
    {
      ...{ severity: 'error', object: 'Task', field: null },
      what: 'The sync user may not create Task records',
      cost: 'The activities that tandem.yaml names are not pushed; they wait.',
      remedy: 'Grant "Edit Tasks" in its profile or a permission set, or empty activities.push.',
    },
  ];
}

/** Fields that the settings name and Salesforce does not show. */
async function checkSettings(
  connection: ConnectionConfig,
  salesforce: Salesforce,
): Promise<Finding[]> {
  const named = chosenObjects(connection.objects).filter(
    ({ name }) => Object.keys(connection.objects[name]?.fields ?? {}).length > 0,
  );
  const findings: Finding[] = [];
  for (const spec of named) {
    const describe = await salesforce.describe(spec.name);
    if (describe === null) continue;
    for (const field of unknownFields(spec, describe, connection)) {
      findings.push({
        severity: 'warning',
        object: spec.name,
        field,
        what: `tandem.yaml names ${spec.name}.${field}, which the sync user does not see`,
        cost: 'The setting has no effect.',
        remedy: 'Correct its API name, or grant read access to the field.',
      });
    }
  }
  return findings;
}

async function checkDatabase(database: Sql, identity: Identity | null): Promise<Finding[]> {
  const { rows } = await database.query<{ there: boolean }>(
    `select to_regclass('tandem.connection') is not null as there`,
  );
  if (!rows[0]!.there) return [];
  const pinned = await database.query<{ org: string | null }>(
    'select org_id as org from tandem.connection',
  );
  const org = pinned.rows[0]?.org ?? null;
  if (org === null || identity === null || org === identity.orgId) return [];
  return [
    broken(
      `The database is paired with the org ${org}, the credentials lead to ${identity.orgId}`,
      'Use the credentials of the first org, or an empty database for this one.',
    ),
  ];
}

/** A part that cannot be reached is a finding; its error says what to do. */
async function unlessBroken(check: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await check();
  } catch (error) {
    if (!isPublic(error)) throw error;
    return [broken(error.message, 'Mend it, then check again.')];
  }
}

function broken(what: string, remedy: string): Finding {
  return { severity: 'error', object: null, field: null, what, cost: 'Nothing is synced.', remedy };
}
