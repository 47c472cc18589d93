import type { PoolClient } from 'pg';
import type { SandboxOrg } from '../../sandbox-org.ts';
import type { SObject } from '../../schema.ts';
import { ASSIGNED } from '../../writes/assignment-rules.ts';
import { wrong } from '../read-fault.ts';
import {
  AUDIT,
  AUDIT_VALUES,
  compiled,
  flagOf,
  objectNamed,
  type RuleChange,
  type RuleKind,
  TOUCH,
  textOf,
} from './kind.ts';

/** `entries`: a list of `{"formula"?, "owner"}`; an owner is an id, a user name or a queue's name. */
export const assignment: RuleKind = {
  keys: ['object', 'name', 'active', 'entries'],
  async add(org, client, change) {
    const object = assignedObject(org, change);
    const name = textOf(change, 'name');
    if ((await idOf(client, object, name)) !== undefined)
      throw wrong(`${object.name} has an assignment rule ${name} already`);
    const { rows } = await client.query<{ id: string }>(
      `INSERT INTO org."AssignmentRule" ("Name", "SobjectType", "Active", ${AUDIT})
       SELECT $1, $2, false, ${AUDIT_VALUES} FROM org."Organization" RETURNING "Id" AS id`,
      [name, object.name],
    );
    await putEntries(org, client, object, rows[0]!.id, change.entries);
    await activate(client, object, rows[0]!.id, flagOf(change, 'active', true));
  },
  async change(org, client, change) {
    const object = assignedObject(org, change);
    const id = await idOf(client, object, textOf(change, 'name'));
    if (id === undefined) throw wrong(`${object.name} has no assignment rule ${change.name}`);
    if (change.entries !== undefined) await putEntries(org, client, object, id, change.entries);
    if (change.active !== undefined)
      await activate(client, object, id, flagOf(change, 'active', true));
  },
  async remove(org, client, change) {
    const object = assignedObject(org, change);
    const id = await idOf(client, object, textOf(change, 'name'));
    if (id === undefined) throw wrong(`${object.name} has no assignment rule ${change.name}`);
    await client.query('DELETE FROM org_meta.assignment_entry WHERE rule_id = $1', [id]);
    await client.query('DELETE FROM org."AssignmentRule" WHERE "Id" = $1', [id]);
  },
  async list(client) {
    const { rows } = await client.query(
      `SELECT "Id" AS id, "SobjectType" AS object, "Name" AS name, "Active" AS active,
              (SELECT coalesce(jsonb_agg(jsonb_build_object('formula', formula, 'owner', owner_id) ORDER BY position), '[]')
                 FROM org_meta.assignment_entry WHERE rule_id = "Id") AS entries
         FROM org."AssignmentRule" ORDER BY "Id"`,
    );
    return rows;
  },
};

function assignedObject(org: SandboxOrg, change: RuleChange): SObject {
  const object = objectNamed(org, change.object);
  if (!ASSIGNED.has(object.name)) throw wrong(`${object.name} has no assignment rules`);
  return object;
}

async function idOf(client: PoolClient, object: SObject, name: string) {
  const { rows } = await client.query<{ id: string }>(
    `SELECT "Id" AS id FROM org."AssignmentRule" WHERE "SobjectType" = $1 AND "Name" = $2`,
    [object.name, name],
  );
  return rows[0]?.id;
}

async function putEntries(
  org: SandboxOrg,
  client: PoolClient,
  object: SObject,
  ruleId: string,
  entries: unknown,
): Promise<void> {
  if (!Array.isArray(entries)) throw wrong('"entries" must be a list');
  await client.query('DELETE FROM org_meta.assignment_entry WHERE rule_id = $1', [ruleId]);
  for (const [i, entry] of entries.entries()) {
    const { formula = null, owner } = Object(entry) as { formula?: unknown; owner?: unknown };
    const condition = formula === null ? null : await compiled(org, client, object, formula);
    await client.query('INSERT INTO org_meta.assignment_entry VALUES ($1, $2, $3, $4, $5)', [
      ruleId,
      i + 1,
      formula,
      condition,
      await ownerNamed(client, object, String(owner)),
    ]);
  }
}

/** A user by name or id, or a queue that the object can be owned by. */
export async function ownerNamed(
  client: Pick<PoolClient, 'query'>,
  object: Pick<SObject, 'name'>,
  name: string,
): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `SELECT "Id" AS id FROM org."User" WHERE left("Id", 15) = left($1, 15) OR lower("Username") = lower($1)
      UNION ALL
     SELECT queue."Id" FROM org."Group" queue
       JOIN org."QueueSobject" of ON of."QueueId" = queue."Id" AND of."SobjectType" = $2
      WHERE queue."Type" = 'Queue' AND (left(queue."Id", 15) = left($1, 15) OR $1 IN (queue."Name", queue."DeveloperName"))`,
    [name, object.name],
  );
  if (rows[0] === undefined) throw wrong(`there is no user or queue of ${object.name} ${name}`);
  return rows[0].id;
}

/** An object has one active rule at most. */
async function activate(client: PoolClient, object: SObject, id: string, active: boolean) {
  await client.query(
    `UPDATE org."AssignmentRule" SET "Active" = ("Id" = $1 AND $2), ${TOUCH}
      WHERE "SobjectType" = $3 AND "Active" IS DISTINCT FROM ("Id" = $1 AND $2) AND ($2 OR "Id" = $1)`,
    [id, active, object.name],
  );
}
