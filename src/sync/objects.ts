import { customObject, OBJECTS } from './catalogue.ts';

export { OBJECTS, RESERVED_COLUMNS } from './catalogue.ts';

/** Who wins when both sides changed one field to different values (rule B). */
export type ConflictRule = 'salesforce' | 'marketing' | 'latest';

/** Which way values move: `both`, Salesforce → marketing (`pull`), marketing → Salesforce (`push`), not at all. */
export type Direction = 'both' | 'pull' | 'push' | 'off';

/** Names of the configured defaults for fields that Salesforce insists on (rule C6). */
export type DefaultName = 'lastName' | 'company';

/** One Salesforce object the sync knows. What varies by object stands in catalogue.ts and nowhere else. */
export interface ObjectSpec {
  /** Salesforce's API name. */
  name: string;
  /** First three characters of its ids; null for a custom object, whose org chooses them. */
  keyPrefix: string | null;
  /** Table in schema `marketing`. Objects may share one. */
  table: string;
  /** Objects of one tier may run side by side; a lower tier comes first (rule A6). */
  tier: number;
  /** Do some orgs not have it, so that its absence is no fault? */
  optional: boolean;
  /** SOQL condition that is always added; null for none. */
  where: string | null;
  /**
   * Lookup that a record must have to be taken in, which `where` asks for; null for none. Pulls ask for
   * those without it too, so that a record which loses it does not keep it here (rule H1).
   */
  heldBy: string | null;
  /** Does Salesforce archive its rows, so that only queryAll shows them all (rule H1, trap 17)? */
  archived: boolean;
  way: 'both' | 'pull';
  /** May a row made in marketing become a record of this object (rule B)? */
  createable: boolean;
  conflict: ConflictRule;
  /** Field → column, where the column is not derived from the field's name (rule C2). */
  columns: Readonly<Record<string, string>>;
  /** Custom number fields that may hold the lead score, the first one found maps to `score` (rule C2). */
  scoreFields: readonly string[];
  /** Field → why it is left out unless config asks for it (rule J5). */
  leaveOut: Readonly<Record<string, string>>;
  /** Fields that Salesforce changes without moving SystemModstamp; they are read again like formulas (rule J3, trap 9). */
  unstamped: readonly string[];
  /** Field → default taken when a record is created and the value is empty (rule C6). */
  required: Readonly<Record<string, DefaultName>>;
}

/** What config says of an object: whether it is synced, and a SOQL condition of its own (rules A7, C12, E6, G2). */
export interface ObjectChoice {
  enabled: boolean;
  where: string | null;
}

/** The entry of an object; a custom object is its own. Throws on a name that is neither. */
export function objectSpec(name: string): ObjectSpec {
  const spec = OBJECTS.find((entry) => entry.name === name);
  if (spec) return spec;
  if (isCustom(name)) return customObject(name);
  const known = OBJECTS.map((entry) => entry.name).join(', ');
  throw new Error(
    `Tandem does not sync the object ${name}; it knows ${known} and custom objects (…__c).`,
  );
}

/** Is it the API name of a custom object? */
export function isCustom(name: string): boolean {
  return /^[A-Za-z]\w*__c$/.test(name);
}

/** The objects that a connection syncs, in the order of rule A6. */
export function chosenObjects(choices: Readonly<Record<string, ObjectChoice>>): ObjectSpec[] {
  return inOrder(Object.keys(choices).filter((name) => choices[name]!.enabled)).map(objectSpec);
}

/** Names of objects in the order of rule A6; custom ones by name in their tier. */
export function inOrder(names: readonly string[]): string[] {
  const place = (name: string) => OBJECTS.findIndex((entry) => entry.name === name);
  return [...names].sort(
    (one, other) =>
      objectSpec(one).tier - objectSpec(other).tier ||
      place(one) - place(other) ||
      (one < other ? -1 : 1),
  );
}
