/** What marketing can ask of Salesforce (rules I1 to I8), by the names under which rows and commands ask. */
export const ACTION_KINDS = [
  'Sync Person',
  'Delete Person',
  'Change Owner',
  'Create Task',
  'Add to Campaign',
  'Change Status in Campaign',
  'Remove from Campaign',
  'Convert Person',
  'Merge People',
] as const;

export type ActionKind = (typeof ACTION_KINDS)[number];

/** All that a kind may be given; what does not belong to the kind has its default. */
export interface ActionParameters {
  /** A user or queue: Salesforce id, a user's email or a name. Null: by assignment rules, or as it is. */
  owner: string | null;
  /** Delete Person: from marketing as well. */
  here: boolean;
  subject: string;
  description: string | null;
  /** Of the task, or in the campaign; null: Salesforce's default. */
  status: string | null;
  priority: string | null;
  due_in_days: number;
  /** Salesforce id or exact name. */
  campaign: string;
  converted_status: string | null;
  /** Ids of records to convert into; null: new ones. */
  account: string | null;
  contact: string | null;
  /** False: none; an id: that one; true: a new one. */
  opportunity: boolean | string;
  opportunity_name: string | null;
  notify: boolean;
  /** Merge People: ids of the people who become one with the person. */
  merge: string[];
}

export interface ActionRequest {
  kind: ActionKind;
  personId: string;
  parameters: ActionParameters;
}

export interface RawRequest {
  kind: string;
  personId: string | null;
  parameters: Readonly<Record<string, unknown>>;
}

/** Days until a task is due (rule I4). */
const DUE_IN_DAYS = 5;

const DEFAULTS: ActionParameters = {
  ...{ owner: null, here: false, subject: '', description: null, status: null, priority: null },
  ...{ due_in_days: DUE_IN_DAYS, campaign: '', converted_status: null, account: null },
  ...{ contact: null, opportunity: true, opportunity_name: null, notify: false, merge: [] },
};

type Name = keyof ActionParameters;

const MOST_MERGED = 10;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

interface Shape {
  /** For the message that says what is wrong. */
  is: string;
  holds(value: unknown): boolean;
}

const TEXT: Shape = {
  is: 'a text',
  holds: (value) => typeof value === 'string' && value.trim() !== '' && value.length <= 32_000,
};
const FLAG: Shape = { is: 'true or false', holds: (value) => typeof value === 'boolean' };
const RECORD: Shape = { is: 'a Salesforce id of 15 or 18 characters', holds: isSalesforceId };

const SHAPES: Readonly<Record<Name, Shape>> = {
  owner: TEXT,
  here: FLAG,
  subject: { is: 'a text of at most 255 characters', holds: (value) => fits(value, 255) },
  description: TEXT,
  status: TEXT,
  priority: TEXT,
  due_in_days: {
    is: 'whole days from 0 to 3650',
    holds: (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 3_650,
  },
  campaign: TEXT,
  converted_status: TEXT,
  account: RECORD,
  contact: RECORD,
  opportunity: {
    is: 'true, false or a Salesforce id',
    holds: (value) => FLAG.holds(value) || RECORD.holds(value),
  },
  opportunity_name: { is: 'a text of at most 120 characters', holds: (value) => fits(value, 120) },
  notify: FLAG,
  merge: {
    is: `a list of one to ${MOST_MERGED} ids of people`,
    holds: (value) =>
      Array.isArray(value) &&
      value.length > 0 &&
      value.length <= MOST_MERGED &&
      value.every((one) => typeof one === 'string' && UUID.test(one)),
  },
};

/** What each kind takes, and what of it is required. */
const TAKES: Readonly<Record<ActionKind, { takes: readonly Name[]; needs: readonly Name[] }>> = {
  'Sync Person': { takes: ['owner'], needs: [] },
  'Delete Person': { takes: ['here'], needs: [] },
  'Change Owner': { takes: ['owner'], needs: ['owner'] },
  'Create Task': {
    takes: ['subject', 'description', 'status', 'priority', 'due_in_days', 'owner'],
    needs: ['subject'],
  },
  'Add to Campaign': { takes: ['campaign', 'status'], needs: ['campaign'] },
  'Change Status in Campaign': { takes: ['campaign', 'status'], needs: ['campaign', 'status'] },
  'Remove from Campaign': { takes: ['campaign'], needs: ['campaign'] },
  'Convert Person': {
    takes: [
      ...(['converted_status', 'account', 'contact', 'opportunity'] as const),
      ...(['opportunity_name', 'owner', 'notify'] as const),
    ],
    needs: [],
  },
  'Merge People': { takes: ['merge'], needs: ['merge'] },
};

/** A request as it is to be done, or what is wrong with it. Null stands for a parameter that is not given. */
export function readAction(raw: RawRequest): { action: ActionRequest } | { problem: string } {
  const kind = actionKind(raw.kind);
  if (kind === null) {
    return { problem: `There is no kind "${raw.kind}"; there are ${ACTION_KINDS.join(', ')}.` };
  }
  if (raw.personId === null) return { problem: `${kind} needs a person: person_id is empty.` };
  const given = Object.entries(raw.parameters).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  const { takes, needs } = TAKES[kind];
  for (const [name, value] of given) {
    if (!takes.includes(name as Name)) {
      const known = takes.length === 0 ? 'none' : takes.join(', ');
      return { problem: `${kind} does not take "${name}"; it takes ${known}.` };
    }
    const shape = SHAPES[name as Name];
    if (!shape.holds(value)) return { problem: `"${name}" of ${kind} must be ${shape.is}.` };
  }
  const missing = needs.find((name) => !given.some(([one]) => one === name));
  if (missing !== undefined)
    return { problem: `${kind} needs "${missing}": ${SHAPES[missing].is}.` };
  const parameters = { ...DEFAULTS, ...Object.fromEntries(given) };
  if (kind === 'Convert Person' && parameters.contact !== null && parameters.account === null) {
    return {
      problem: 'Convert Person into a contact needs "account" as well: that contact’s own.',
    };
  }
  if (parameters.merge.some((one) => one.toLowerCase() === raw.personId!.toLowerCase())) {
    return { problem: 'Merge People needs other people than the person itself.' };
  }
  return { action: { kind, personId: raw.personId, parameters } };
}

/** A kind by its name, however it is spelt: `Sync Person`, `sync-person`, `sync_person`. */
export function actionKind(name: string): ActionKind | null {
  const plain = (text: string) =>
    text
      .trim()
      .toLowerCase()
      .replace(/[\s_-]+/g, ' ');
  return ACTION_KINDS.find((kind) => plain(kind) === plain(name)) ?? null;
}

/** Does the kind first do Sync Person for someone whom Salesforce does not know (rule I9)? */
export function impliesSync(kind: ActionKind): boolean {
  return !['Delete Person', 'Remove from Campaign', 'Merge People'].includes(kind);
}

export function isSalesforceId(value: unknown): boolean {
  return typeof value === 'string' && /^[a-zA-Z0-9]{15}([a-zA-Z0-9]{3})?$/.test(value);
}

function fits(value: unknown, length: number): boolean {
  return TEXT.holds(value) && String(value).length <= length;
}
