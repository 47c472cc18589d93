import type { SalesforceCredentials } from './credentials.ts';
import { SalesforceRejected } from './errors.ts';
import { Http } from './http.ts';
import { asArray, asObject, asText } from './json.ts';
import { silent } from './log.ts';
import { login } from './login.ts';
import * as query from './query.ts';
import { Rest } from './rest.ts';
import { Sessions } from './sessions.ts';
import * as soql from './soql.ts';

/** The permission set that grants what Tandem makes. */
const PERMISSION_SET = 'Tandem';
/** What an administrator needs for all of it. */
const ADMIN_PERMISSIONS =
  '"Customize Application", "Manage Profiles and Permission Sets" and "Assign Permission Sets"';

/** Objects with the field, by the name under which it is made: tasks have those of activities. */
const FIELDS = [
  { object: 'Lead', table: 'Lead', needed: true },
  { object: 'Contact', table: 'Contact', needed: true },
  { object: 'Task', table: 'Activity', needed: false },
] as const;

export interface SetupStep {
  what: string;
  /** False: it was there already. */
  made: boolean;
  /** Why it could not be, for what Tandem can do without; null when it is there. */
  refused: string | null;
}

/**
 * Makes the External ID field (text, 36 characters, unique, whatever the case) and lets the sync user
 * read and edit it by a permission set. Run again, it makes what is missing (N2, N6).
 * @throws SalesforceRejected, with what the administrator needs
 */
export async function setUpOrg(
  administrator: SalesforceCredentials,
  { apiVersion, field, syncUserId }: { apiVersion: string; field: string; syncUserId: string },
): Promise<SetupStep[]> {
  const http = new Http(null);
  const options = { apiVersion, userAgent: 'tandem' };
  const sessions = new Sessions(() => login(administrator, http, options));
  const org = new Org(new Rest(http, sessions, 'tandem', silent), `/services/data/v${apiVersion}`);
  const steps: SetupStep[] = [];
  const present: string[] = [];
  for (const { object, table, needed } of FIELDS) {
    const what = `field ${object}.${field}`;
    try {
      steps.push({ what, made: await org.makeField(table, field), refused: null });
      present.push(object);
    } catch (error) {
      if (needed || !(error instanceof SalesforceRejected)) throw withRemedy(error);
      steps.push({ what, made: false, refused: error.message });
    }
  }
  try {
    const set = await org.permissionSet();
    steps.push({ what: `permission set ${PERMISSION_SET}`, made: set.made, refused: null });
    for (const object of present) {
      const made = await org.grant(set.id, object, field);
      steps.push({ what: `access to ${object}.${field}`, made, refused: null });
    }
    const made = await org.assign(set.id, syncUserId);
    steps.push({ what: `${PERMISSION_SET} for the sync user`, made, refused: null });
  } catch (error) {
    throw withRemedy(error);
  }
  return steps;
}

/** Codes of Salesforce for a user who may not do it. */
const FORBIDDEN = /INSUFFICIENT_ACCESS|INVALID_TYPE|NOT_FOUND|CANNOT_INSERT_UPDATE|FUNCTIONALITY/;

function withRemedy(error: unknown): unknown {
  if (!(error instanceof SalesforceRejected) || !FORBIDDEN.test(error.code)) return error;
  const next = `Give the credentials of an administrator, who has ${ADMIN_PERMISSIONS}; or let one make the field and a permission set "${PERMISSION_SET}" with access to it, and assign that to the sync user.`;
  return new SalesforceRejected(error.code, 'this user may not set the org up', { next });
}

class Org {
  readonly #rest: Rest;
  readonly #base: string;

  constructor(rest: Rest, base: string) {
    this.#rest = rest;
    this.#base = base;
  }

  async makeField(table: string, name: string): Promise<boolean> {
    const metadata = {
      ...{ label: 'Tandem Id', type: 'Text', length: 36, description: 'Set by Tandem: leave it.' },
      ...{ externalId: true, unique: true, caseSensitive: false, required: false },
    };
    try {
      await this.#post('tooling/sobjects/CustomField', {
        FullName: `${soql.identifier(table)}.${soql.identifier(name)}`,
        Metadata: metadata,
      });
      return true;
    } catch (error) {
      if (error instanceof SalesforceRejected && error.code === 'DUPLICATE_DEVELOPER_NAME') {
        return false;
      }
      throw error;
    }
  }

  async permissionSet(): Promise<{ id: string; made: boolean }> {
    const where = [`Name = '${PERMISSION_SET}'`, 'IsOwnedByProfile = false'];
    const [found] = await this.#find('PermissionSet', ['Id'], where);
    if (found) return { id: String(found.Id), made: false };
    const description = 'Access to the field by which Tandem knows its records.';
    const made = { Name: PERMISSION_SET, Label: PERMISSION_SET, Description: description };
    return { id: await this.#post('sobjects/PermissionSet', made), made: true };
  }

  async grant(setId: string, object: string, name: string): Promise<boolean> {
    const path = `${soql.identifier(object)}.${soql.identifier(name)}`;
    const where = [`ParentId = ${soql.id(setId)}`, `Field = '${path}'`];
    const fields = ['Id', 'PermissionsRead', 'PermissionsEdit'];
    const [found] = await this.#find('FieldPermissions', fields, where);
    if (found?.PermissionsRead === true && found.PermissionsEdit === true) return false;
    const rights = { PermissionsRead: true, PermissionsEdit: true };
    if (found === undefined) {
      const row = { ParentId: setId, SobjectType: object, Field: path, ...rights };
      await this.#post('sobjects/FieldPermissions', row);
    } else {
      const at = `sobjects/FieldPermissions/${String(found.Id)}`;
      await this.#send('PATCH', at, rights);
    }
    return true;
  }

  async assign(setId: string, userId: string): Promise<boolean> {
    const who = { PermissionSetId: setId, AssigneeId: userId };
    const where = Object.entries(who).map(([name, id]) => `${name} = ${soql.id(id)}`);
    const [found] = await this.#find('PermissionSetAssignment', ['Id'], where);
    if (found) return false;
    await this.#post('sobjects/PermissionSetAssignment', who);
    return true;
  }

  async #find(object: string, fields: string[], where: string[]) {
    const text = soql.select(object, fields, where);
    return (await query.query(this.#rest, this.#base, text)).rows;
  }

  async #post(path: string, body: object): Promise<string> {
    const answer = asObject(await this.#send('POST', path, body));
    if (answer.success !== true) {
      const [first] = asArray(answer.errors).map(asObject);
      const { statusCode, message } = first ?? {};
      throw new SalesforceRejected(String(statusCode ?? 'UNKNOWN_EXCEPTION'), String(message));
    }
    return asText(answer.id);
  }

  async #send(method: 'POST' | 'PATCH', path: string, body: object): Promise<unknown> {
    const request = { method, path: `${this.#base}/${path}`, body } as const;
    return (await this.#rest.json({ ...request, subject: 'query', reads: false })).body;
  }
}
