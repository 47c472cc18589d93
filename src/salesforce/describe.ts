import { composite, type Part } from './composite.ts';
import { SalesforceRejected } from './errors.ts';
import { asArray, asObject, asText } from './json.ts';
import { chunks } from './lists.ts';
import type { FieldDescribe, ObjectDescribe } from './port.ts';
import type { Rest } from './rest.ts';
import * as soql from './soql.ts';

export async function visibleObjects(rest: Rest, base: string): Promise<string[]> {
  const path = `${base}/sobjects`;
  const { body } = await rest.json({ method: 'GET', path, subject: 'query', reads: true });
  return asArray(asObject(body).sobjects).map((object) => asText(asObject(object).name));
}

/**
 * Whether objects, fields or rights may have changed since the answer that `seen` names: its
 * Last-Modified header. Null when not; else the name of the new answer. One call of the limit.
 */
export async function schemaChange(
  rest: Rest,
  base: string,
  seen: string | null,
): Promise<string | null> {
  const headers = seen === null ? {} : { 'if-modified-since': seen };
  const path = `${base}/sobjects`;
  const request = { method: 'GET', path, headers, subject: 'query', reads: true } as const;
  const { body, lastModified, askedAt } = await rest.json(request);
  return body === null ? null : (lastModified ?? askedAt.toUTCString());
}

/** Subrequests in one Composite call. */
const mostTogether = 25;

interface Waiting {
  path: string;
  resolve(found: ObjectDescribe | null): void;
  reject(error: unknown): void;
}

/**
 * Describes of one org. Those asked for in the same turn of the event loop, as by Promise.all,
 * share one call of the limit (M2).
 */
export class Describes {
  readonly #rest: Rest;
  readonly #base: string;
  #waiting: Waiting[] = [];

  constructor(rest: Rest, base: string) {
    this.#rest = rest;
    this.#base = base;
  }

  /** Null when the user cannot see the object. */
  async describe(object: string): Promise<ObjectDescribe | null> {
    const path = `${this.#base}/sobjects/${soql.identifier(object)}/describe`;
    return await new Promise((resolve, reject) => {
      this.#waiting.push({ path, resolve, reject });
      if (this.#waiting.length === 1) setImmediate(() => this.#flush());
    });
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const group of chunks(waiting, mostTogether)) {
      this.#ask(group).catch((error: unknown) => {
        for (const { reject } of group) reject(error);
      });
    }
  }

  async #ask(group: Waiting[]): Promise<void> {
    const parts = await this.#parts(group.map(({ path }) => path));
    for (const [index, part] of parts.entries()) {
      const { resolve, reject } = group[index]!;
      if ('body' in part) resolve(toObject(part.body));
      // Salesforce does not tell an object that is hidden from one that is not there.
      else if (isNotFound(part.error)) resolve(null);
      else reject(part.error);
    }
  }

  async #parts(paths: string[]): Promise<Part[]> {
    if (paths.length > 1) return (await composite(this.#rest, this.#base, paths)).parts;
    try {
      const path = paths[0]!;
      return [await this.#rest.json({ method: 'GET', path, subject: 'query', reads: true })];
    } catch (error) {
      if (error instanceof SalesforceRejected) return [{ error }];
      throw error;
    }
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof SalesforceRejected && error.code === 'NOT_FOUND';
}

function toObject(body: unknown): ObjectDescribe {
  const object = asObject(body);
  return {
    name: asText(object.name),
    label: asText(object.label),
    queryable: object.queryable === true,
    createable: object.createable === true,
    updateable: object.updateable === true,
    deletable: object.deletable === true,
    fields: asArray(object.fields).map(toField),
  };
}

function toField(body: unknown): FieldDescribe {
  const field = asObject(body);
  return {
    name: asText(field.name),
    label: asText(field.label),
    type: asText(field.type),
    length: number(field.length),
    precision: number(field.precision),
    scale: number(field.scale),
    nillable: field.nillable === true,
    createable: field.createable === true,
    updateable: field.updateable === true,
    calculated: field.calculated === true,
    custom: field.custom === true,
    filterable: field.filterable === true,
    externalId: field.externalId === true,
    unique: field.unique === true,
    compoundFieldName: textOrNull(field.compoundFieldName),
    extraTypeInfo: textOrNull(field.extraTypeInfo),
    referenceTo: list(field.referenceTo).map(String),
    relationshipName: textOrNull(field.relationshipName),
    picklistValues: list(field.picklistValues).map((entry) => {
      const { value, active } = asObject(entry);
      return { value: String(value), active: active === true };
    }),
  };
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
