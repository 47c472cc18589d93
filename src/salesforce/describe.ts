import { createHash } from 'node:crypto';
import { composite, type Get, type Part } from './composite.ts';
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
  const request = { method: 'GET', subject: 'query', reads: true } as const;
  const { body, lastModified } = await rest.json({ ...request, ...schemaLook(base, seen) });
  return newSchema(seen, body, lastModified);
}

/** The request by which the look is part of a Composite call; its answer goes to newSchema. */
export function schemaLook(base: string, seen: string | null): Required<Get> {
  const headers: Record<string, string> = seen === null ? {} : { 'If-Modified-Since': seen };
  return { path: `${base}/sobjects`, headers };
}

/** The answer's name when it is another than `seen`: its Last-Modified header, or a digest of the body. */
export function newSchema(
  seen: string | null,
  body: unknown,
  lastModified: unknown,
): string | null {
  if (body === null) return null;
  const name =
    typeof lastModified === 'string'
      ? lastModified
      : createHash('sha256').update(JSON.stringify(body)).digest('hex');
  return name === seen ? null : name;
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
    if (paths.length > 1) {
      const gets = paths.map((path) => ({ path }));
      return (await composite(this.#rest, this.#base, gets)).parts;
    }
    try {
      const path = paths[0]!;
      const request = { method: 'GET', path, subject: 'query', reads: true } as const;
      const { body } = await this.#rest.json(request);
      return [{ body, headers: {} }];
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
