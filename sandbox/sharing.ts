import type { PoolClient } from 'pg';
import {
  insufficientAccess,
  insufficientAccessOnReference,
  type SalesforceError,
} from './errors.ts';
import type { Executor, Org, Session } from './org.ts';
import type { SObject } from './schema.ts';
import { quote, tableSql } from './storage.ts';

type Caller = Pick<Session, 'userId' | 'access'>;
type SharingOrg = Pick<Org, 'schema' | 'settings'>;

/** Objects without an owner whose rows are seen by those who see the row that this field names. */
const SEEN_WITH: Record<string, { object: string; field: string } | undefined> = {
  CampaignMember: { object: 'Campaign', field: 'CampaignId' },
  CampaignMemberStatus: { object: 'Campaign', field: 'CampaignId' },
  OpportunityContactRole: { object: 'Opportunity', field: 'OpportunityId' },
};

/** Whose rows a user may see: their own, those of their queues and groups, and of all roles below theirs. */
function owners(userId: string): string {
  const me = `'${userId.replaceAll("'", "''")}'::text COLLATE "C"`;
  return `(WITH RECURSIVE mine(id) AS (
      SELECT ${me} UNION
      SELECT m."GroupId" FROM mine JOIN org."GroupMember" m ON m."UserOrGroupId" = mine.id
    ), below(id) AS (
      SELECT r."Id" FROM org."UserRole" r JOIN org."User" u ON u."UserRoleId" = r."ParentRoleId"
       WHERE u."Id" = ${me} UNION
      SELECT r."Id" FROM below JOIN org."UserRole" r ON r."ParentRoleId" = below.id
    )
    SELECT id FROM mine UNION
    SELECT u."Id" FROM org."User" u JOIN below ON u."UserRoleId" = below.id)`;
}

const hasOwner = (object: SObject) => object.fields.some(({ name }) => name === 'OwnerId');

/**
 * The condition under which the caller sees a row of `object`, whose table has this alias; null where
 * they see all: rows that the org-wide default makes Public, and View All.
 */
export function sharingSql(
  caller: Caller,
  org: SharingOrg,
  object: SObject,
  alias: string,
): string | null {
  return caller.access.canViewAll(object.name) ? null : ownedSql(caller, org, object, alias);
}

function ownedSql(caller: Caller, org: SharingOrg, object: SObject, alias: string): string | null {
  const parent = SEEN_WITH[object.name];
  if (parent !== undefined) {
    const target = org.schema.object(parent.object);
    const inner = target && sharingSql(caller, org, target, 'shared_parent');
    if (target === undefined || inner === null || inner === undefined) return null;
    return `EXISTS (SELECT FROM ${tableSql(target)} shared_parent
      WHERE shared_parent."Id" = ${alias}.${quote(parent.field)} AND ${inner})`;
  }
  if (org.settings.sharing[object.name] !== 'Private' || !hasOwner(object)) return null;
  return `${alias}."OwnerId" IN ${owners(caller.userId)}`;
}

/** Those of these rows that the caller does not see; ids without a row are not among them. */
export async function unseenIds(
  db: Executor,
  caller: Caller,
  org: SharingOrg,
  object: SObject,
  ids: string[],
): Promise<Set<string>> {
  const condition = sharingSql(caller, org, object, 'shared');
  return condition === null ? new Set() : idsBut(db, object, ids, condition);
}

/** Why the caller may not change each of these rows; those that they may change are not in the answer. */
export async function writeRefusals(
  client: PoolClient,
  caller: Caller,
  org: SharingOrg,
  object: SObject,
  ids: string[],
): Promise<Map<string, SalesforceError>> {
  if (caller.access.canModifyAll(object.name)) return new Map();
  const condition = ownedSql(caller, org, object, 'shared');
  if (condition === null) return new Map();
  const found = await idsBut(client, object, ids, condition);
  const refuse = caller.access.canViewAll(object.name)
    ? insufficientAccess
    : insufficientAccessOnReference;
  return new Map([...found].map((id) => [id, refuse()]));
}

async function idsBut(db: Executor, object: SObject, ids: string[], condition: string) {
  const { rows } = await db.query<{ id: string }>(
    `SELECT shared."Id" AS id FROM ${tableSql(object)} shared
      WHERE shared."Id" = ANY($1) AND (${condition}) IS NOT TRUE`,
    [ids],
  );
  return new Set(rows.map(({ id }) => id));
}
