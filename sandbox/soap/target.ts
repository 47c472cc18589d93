import type { Schema } from '../schema.ts';
import type { OpenCall } from './call.ts';
import { operationNamed } from './calls.ts';
import { xsiType } from './read-envelope.ts';
import type { XmlElement } from './read-xml.ts';

/** What the faults of the control URL want to know of a call. */
export function targetOfCall({ input }: OpenCall, schema: Schema) {
  const writes = operationNamed(input.name)?.kind === 'write';
  return { objects: [...objectsIn(input, schema)], writes };
}

/** True when the answer is a page of a query. */
export const isPageOfQuery = ({ input }: OpenCall): boolean =>
  operationNamed(input.name)?.kind === 'page';

/** The objects that the elements name: by type, by id, or in a query. */
function* objectsIn(element: XmlElement, schema: Schema): Generator<string> {
  const text = element.text.trim();
  if (/^(type|sObjectType)$/.test(element.name)) yield text;
  else if (element.name === 'queryString') {
    for (const [, name = ''] of text.matchAll(/\bFROM\s+(\w+)/gi)) yield name;
  } else if (/Ids?$/i.test(element.name)) {
    const object = schema.objectByPrefix(text.slice(0, 3));
    if (object !== undefined) yield object.name;
  }
  const type = xsiType(element);
  if (type !== undefined) yield type;
  for (const child of element.children) yield* objectsIn(child, schema);
}
