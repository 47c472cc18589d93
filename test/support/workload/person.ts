import type { Moment } from './scene.ts';

export type Side = 'here' | 'there';
export type PersonObject = 'Lead' | 'Contact';

/** Fields of people by who edits them: a field that one side alone edits has to end as its last value. */
export const FIELDS = [
  { field: 'Title', column: 'job_title', by: ['here'] },
  { field: 'Description', column: 'notes', by: ['here'] },
  { field: 'Phone', column: 'phone', by: ['there'] },
  { field: 'Fax', column: 'fax', by: ['here', 'there'] },
] as const satisfies { field: string; column: string; by: Side[] }[];

export type Field = (typeof FIELDS)[number]['field'];

interface Written {
  side: Side;
  value: string;
  moment: Moment;
}

/**
 * What is known of one person: the record, and which values may stand in the end. Certain as long as
 * the record is one and live; when two become one, or one is deleted, the values of either may stand.
 */
export class Person {
  object: PersonObject;
  /** Every record that stood for this person, the present one last; empty until Salesforce has one. */
  readonly ids: string[];
  /** E-mail address that no other person has; null for people who were there before. */
  readonly email: string | null;
  state: 'live' | 'deleted there' | 'deleted here' | 'united' = 'live';
  /** Something happened to its record since all was last quiet: an edit adds a value that may stand. */
  unsure = false;
  /** Edited, in any way, since all was last quiet. */
  touched = false;
  /** Field → values that may stand in the end; absent: nothing is known. */
  readonly may = new Map<Field, Set<string | null>>();
  /** Writes of Fax since all was last quiet. */
  faxes: Written[] = [];

  constructor(object: PersonObject, ids: string[], email: string | null) {
    this.object = object;
    this.ids = ids;
    this.email = email;
  }

  get sfdcId(): string | undefined {
    return this.ids.at(-1);
  }

  get name(): string {
    return `${this.object} ${this.email ?? this.sfdcId}`;
  }

  wrote(field: Field, side: Side, value: string, moment: Moment): void {
    this.touched = true;
    if (this.unsure) this.may.get(field)?.add(value);
    else this.may.set(field, field === 'Fax' ? this.#lastFaxes(value, side) : new Set([value]));
    if (field === 'Fax') this.faxes.push({ side, value, moment });
  }

  /** Of a field that both sides edit, the last value of either. */
  #lastFaxes(value: string, side: Side): Set<string | null> {
    const other = this.faxes.findLast((written) => written.side !== side);
    return new Set(other ? [other.value, value] : [value]);
  }

  /** The other person's record became this one's: the values of both may stand, a gap only where both have none. */
  takeIn(other: Person): void {
    this.unsure = true;
    this.touched = true;
    for (const { field } of FIELDS) {
      const [own, theirs] = [this.may.get(field), other.may.get(field)];
      if (own === undefined || theirs === undefined) {
        this.may.delete(field);
        continue;
      }
      const all = new Set([...own, ...theirs]);
      if (all.size > 1) all.delete(null);
      this.may.set(field, all);
    }
    other.state = 'united';
  }

  /** All is quiet: what stands now is what both sides agree on. */
  agreed(values: Readonly<Record<string, string | null | undefined>>): void {
    this.unsure = false;
    this.touched = false;
    this.faxes = [];
    for (const { field } of FIELDS) this.may.set(field, new Set([values[field] ?? null]));
  }
}
