import { randomUUID } from 'node:crypto';
import type { System } from '../support/system.ts';
import { type Chance, Colleague, insistSql } from './support.ts';

interface Person {
  object: 'Lead' | 'Contact';
  sfdcId: string;
  /** Field that only marketing edits, only Salesforce, and both: the last value written. */
  title?: string;
  notes?: string;
  phone?: string;
  faxes: string[];
}

/**
 * Random edits, creations and deletions on both sides, and what has to come of them. Title and notes
 * are edited in marketing only and phones in Salesforce only, so that the last value written must
 * stand on both sides in the end; fax numbers on both, so that one of the values must.
 */
export class Workload {
  #system: System;
  readonly #chance: Chance;
  #colleague: Colleague;
  readonly #people: Person[] = [];
  readonly #deletable: Person[] = [];
  readonly #created: { mark: string; where: 'marketing' | 'Salesforce' }[] = [];
  readonly #gone: { person: Person; where: 'marketing' | 'Salesforce' }[] = [];
  #count = 0;

  constructor(system: System, chance: Chance, colleague = new Colleague(system)) {
    this.#system = system;
    this.#chance = chance;
    this.#colleague = colleague;
  }

  /** After a start on the same folder. */
  goOnWith(system: System): void {
    this.#system = system;
    this.#colleague = new Colleague(system);
  }

  /** Chooses the people it works on; `deletions` of each kind are set apart, never to be edited. */
  async choose(edited: number, deletions: number): Promise<void> {
    for (const object of ['Lead', 'Contact'] as const) {
      const where = object === 'Lead' ? ' WHERE IsConverted = false' : '';
      const rows = await this.#colleague.insist((crm) =>
        crm.query(`SELECT Id FROM ${object}${where} ORDER BY Id`),
      );
      const ids = rows.map(({ Id }) => Id!);
      const take = (count: number) =>
        Array.from({ length: count }, (): Person => {
          const at = this.#chance.within(0, ids.length - 1);
          return { object, sfdcId: ids.splice(at, 1)[0]!, faxes: [] };
        });
      this.#people.push(...take(edited >> 1));
      this.#deletable.push(...take(deletions));
    }
  }

  /** One change somewhere. */
  async step(): Promise<void> {
    this.#count += 1;
    const roll = this.#chance.next();
    if (roll < 0.35) return this.#editHere();
    if (roll < 0.6) return this.#editThere();
    if (roll < 0.75) return this.#createHere();
    if (roll < 0.85) return this.#createThere();
    if (roll < 0.93) return this.#deleteThere();
    return this.#deleteHere();
  }

  async steps(count: number): Promise<void> {
    for (let step = 0; step < count; step += 1) await this.step();
  }

  /** Many edits in Salesforce at once. */
  async burst(object: 'Lead' | 'Contact', count: number): Promise<void> {
    const people = this.#people.filter((person) => person.object === object).slice(0, count);
    for (const person of people) {
      this.#count += 1;
      person.phone = this.#text();
    }
    const left = new Set(people);
    await this.#colleague.insist(async (crm) => {
      const sent = [...left];
      const records = sent.map(({ sfdcId, phone }) => ({
        attributes: { type: object },
        id: sfdcId,
        Phone: phone,
      }));
      const body = { allOrNone: false, records };
      const results = (await crm.request('PATCH', '/composite/sobjects', body)) as {
        success: string;
      }[];
      for (const [index, { success }] of results.entries()) {
        if (success === 'true') left.delete(sent[index]!);
      }
      if (left.size > 0) throw new Error(`${left.size} were refused`);
      return true;
    });
  }

  #text(): string {
    return `${this.#count} ${this.#chance.pick(['Zoë', '李', 'O’Neil', '"quoted"', 'a,b', 'tab\tbed', '🙂'])}`;
  }

  async #editHere(): Promise<void> {
    const person = this.#chance.pick(this.#people);
    const column = this.#chance.pick(['job_title', 'notes', 'fax']);
    const value = column === 'notes' ? `one\r\n${this.#text()}` : this.#text();
    const rows = await insistSql(
      this.#system,
      `update marketing.person set ${column} = $2 where sfdc_id = $1 returning id`,
      [person.sfdcId, value],
    );
    // During the initial load it may not be here yet.
    if (rows.length === 0) return;
    if (column === 'job_title') person.title = value;
    if (column === 'notes') person.notes = value;
    if (column === 'fax') person.faxes.push(value);
  }

  async #editThere(): Promise<void> {
    const person = this.#chance.pick(this.#people);
    const field = this.#chance.pick(['Phone', 'Phone', 'Fax']);
    const value = this.#text();
    if (field === 'Phone') person.phone = value;
    else person.faxes.push(value);
    await this.#colleague.insist((crm) =>
      crm.update(person.object, person.sfdcId, { [field]: value }),
    );
  }

  async #createHere(): Promise<void> {
    const mark = this.#mark('here');
    await insistSql(
      this.#system,
      `insert into marketing.person (id, last_name, company, email, job_title) values ($1, $2, $3, $4, 'new')
       on conflict (id) do nothing`,
      [randomUUID(), this.#text(), this.#chance.pick(['Acme', null]), mark],
    );
    this.#created.push({ mark, where: 'marketing' });
    // An edit right after it meets the creation in flight.
    if (this.#chance.next() < 0.5) {
      await insistSql(
        this.#system,
        `update marketing.person set job_title = 'edited' where email = $1`,
        [mark],
      );
    }
  }

  async #createThere(): Promise<void> {
    const mark = this.#mark('there');
    const object = this.#chance.pick(['Lead', 'Contact']);
    const fields = { LastName: this.#text(), Email: mark };
    await this.#colleague.insist(async (crm) => {
      // The answer of an earlier try may have been lost.
      const made = await crm.query(`SELECT Id FROM ${object} WHERE Email = '${mark}'`);
      if (made.length > 0) return made[0]!.Id!;
      return crm.create(object, object === 'Lead' ? { ...fields, Company: 'Acme' } : fields);
    });
    this.#created.push({ mark, where: 'Salesforce' });
  }

  #mark(side: string): string {
    return `${side}-${this.#count}-${randomUUID().slice(0, 8)}@chaos.example`;
  }

  async #deleteThere(): Promise<void> {
    const person = this.#deletable.shift();
    if (!person) return this.#editThere();
    await this.#colleague.insist(async (crm) => {
      const there = await crm.query(
        `SELECT Id FROM ${person.object} WHERE Id = '${person.sfdcId}'`,
      );
      if (there.length > 0) await crm.delete(person.object, person.sfdcId);
      return true;
    });
    this.#gone.push({ person, where: 'Salesforce' });
  }

  async #deleteHere(): Promise<void> {
    const person = this.#deletable.shift();
    if (!person) return this.#editHere();
    const rows = await insistSql(
      this.#system,
      `with gone as (delete from marketing.person where sfdc_id = $1 returning id)
       select id from gone union all
       select person_id from tandem.person_deletion where sfdc_id = $1`,
      [person.sfdcId],
    );
    if (rows.length > 0) this.#gone.push({ person, where: 'marketing' });
  }

  /** What did not come of the changes as it should have; empty when all is well. */
  async problems(): Promise<string[]> {
    const problems: string[] = [];
    for (const person of this.#people) problems.push(...(await this.#problemsOf(person)));
    for (const { mark, where } of this.#created) {
      const here = await this.#system.sql(
        'select sfdc_id, job_title from marketing.person where email = $1',
        [mark],
      );
      const there = await this.#colleague.insist(async (crm) => [
        ...(await crm.query(`SELECT Id FROM Lead WHERE Email = '${mark}'`)),
        ...(await crm.query(`SELECT Id FROM Contact WHERE Email = '${mark}'`)),
      ]);
      if (here.length !== 1 || there.length !== 1 || here[0]!.sfdc_id !== there[0]!.Id) {
        problems.push(
          `${mark}, created in ${where}: ${here.length} here, ${there.length} in Salesforce`,
        );
      }
    }
    for (const { person, where } of this.#gone) {
      const here = await this.#system.sql<{ sfdc_is_deleted: boolean }>(
        'select sfdc_is_deleted from marketing.person where sfdc_id = $1',
        [person.sfdcId],
      );
      const right =
        where === 'marketing' ? here.length === 0 : here.every((row) => row.sfdc_is_deleted);
      if (!right) problems.push(`${person.sfdcId}, deleted in ${where}, is still here`);
    }
    return problems;
  }

  async #problemsOf({ object, sfdcId, ...wanted }: Person): Promise<string[]> {
    const [there] = await this.#colleague.insist((crm) =>
      crm.query(`SELECT Title, Description, Phone, Fax FROM ${object} WHERE Id = '${sfdcId}'`),
    );
    const problems: string[] = [];
    const compare = (field: string, value: string | undefined) => {
      if (value !== undefined && there?.[field] !== value) {
        problems.push(`${object} ${sfdcId}.${field}: ${there?.[field]} in place of ${value}`);
      }
    };
    compare('Title', wanted.title);
    compare('Description', wanted.notes?.replace('\r\n', '\n'));
    compare('Phone', wanted.phone);
    if (wanted.faxes.length > 0 && !wanted.faxes.includes(there?.Fax ?? '')) {
      problems.push(`${object} ${sfdcId}.Fax: ${there?.Fax}, which nobody wrote`);
    }
    return problems;
  }
}
