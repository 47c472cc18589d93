import { randomUUID } from 'node:crypto';
import type { Chance } from '../chance.ts';
import { problemsOf } from './check.ts';
import { joinHere, joinThere, leaveHere, leaveThere, moveHere, moveThere } from './members.ts';
import {
  createHere,
  createThere,
  deleteHere,
  deleteThere,
  editBoth,
  editHere,
  editThere,
  undelete,
} from './people.ts';
import { Person, type PersonObject } from './person.ts';
import type { Scene, Step, World } from './scene.ts';
import {
  changeThing,
  createThing,
  deleteThing,
  editAccountOnBothSides,
  undeleteThing,
} from './things.ts';
import { convert, merge } from './unions.ts';

/** Each step's share. */
const MIX: [number, Step][] = [
  [20, editHere],
  [14, editThere],
  [6, editBoth],
  [8, createHere],
  [6, createThere],
  [4, deleteThere],
  [3, undelete],
  [3, deleteHere],
  [6, convert],
  [5, merge],
  [8, createThing],
  [10, changeThing],
  [3, deleteThing],
  [2, undeleteThing],
  [2, editAccountOnBothSides],
  [3, joinHere],
  [2, moveHere],
  [1, leaveHere],
  [2, joinThere],
  [2, moveThere],
  [1, leaveThere],
];

/**
 * Random edits, creations, deletions, conversions and merges on both sides, and what has to come of
 * them: see person.ts.
 */
export class Workload {
  readonly scene: Scene;
  readonly #steps: readonly Step[];
  #count = 0;

  /** `without`: steps never taken; `log` takes a line for each that is. */
  constructor(
    world: World,
    chance: Chance,
    { log = () => undefined, without = [] }: { log?(text: string): void; without?: Step[] } = {},
  ) {
    this.#steps = MIX.flatMap(([share, step]) => Array<Step>(share).fill(step)).filter(
      (step) => !without.includes(step),
    );
    this.scene = {
      ...{ world, chance, log, people: [], things: new Map() },
      mark: randomUUID().slice(0, 8),
      text: () => {
        this.#count += 1;
        const odd = ['Zoë', '李', 'O’Neil', '"quoted"', 'a,b', 'tab\tbed', '🙂'];
        return `${this.#count} ${chance.pick(odd)} ${this.scene.mark}`;
      },
    };
  }

  /** After a start on the same folder. */
  goOnWith(world: World): void {
    this.scene.world = world;
  }

  /** Chooses the people it works on, half of them leads. */
  async choose(count: number): Promise<void> {
    const { world, chance, people } = this.scene;
    const gone = await world.sql('select sfdc_id from tandem.person_deletion');
    for (const object of ['Lead', 'Contact'] as const) {
      // Two scores near the field's bound make a sum that Salesforce refuses, and rightly.
      const score = '(Lead_Score__c = null OR (Lead_Score__c > -1000 AND Lead_Score__c < 1000))';
      const where = object === 'Lead' ? `IsConverted = false AND ${score}` : score;
      const rows = await world.insist((crm) =>
        crm.query(`SELECT Id FROM ${object} WHERE ${where} ORDER BY Id`),
      );
      const ids = rows
        .map(({ Id }) => Id!)
        .filter((id) => !gone.some(({ sfdc_id }) => sfdc_id === id));
      for (let left = count >> 1; left > 0; left -= 1) {
        const at = chance.within(0, ids.length - 1);
        people.push(new Person(object, [ids.splice(at, 1)[0]!], null));
      }
    }
  }

  /** One change somewhere. */
  async step(): Promise<void> {
    const { chance } = this.scene;
    const step = chance.pick(this.#steps);
    if (!(await step(this.scene))) await editHere(this.scene);
  }

  async steps(count: number): Promise<void> {
    for (let step = 0; step < count; step += 1) await this.step();
  }

  /** Many edits in Salesforce at once. */
  async burst(object: PersonObject, count: number): Promise<void> {
    const { people, world } = this.scene;
    const some = people
      .filter(
        (person) =>
          person.object === object && person.state === 'live' && person.sfdcId !== undefined,
      )
      .slice(0, count);
    const records = some.map((person) => {
      const phone = this.scene.text();
      person.wrote('Phone', 'there', phone, world.moment());
      return { attributes: { type: object }, id: person.sfdcId, Phone: phone };
    });
    let left = records;
    await world.insist(async (crm) => {
      const body = { allOrNone: false, records: left };
      const results = (await crm.request('PATCH', '/composite/sobjects', body)) as {
        success: string;
      }[];
      left = left.filter((_, index) => results[index]!.success !== 'true');
      if (left.length > 0) throw new Error(`${left.length} were refused`);
    });
  }

  /** What did not come of the changes as it should have; empty when all is well. */
  problems(): Promise<string[]> {
    return problemsOf(this.scene);
  }
}
