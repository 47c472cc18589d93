import { canonicalId } from '../ids.ts';

/**
 * An id in 18 characters. One whose checksum is wrong has the shape of an id, and stays as it is: no
 * row has it. Null for what cannot be an id.
 */
export function idOfRightShape(text: string): string | null {
  return canonicalId(text) ?? (/^[A-Za-z0-9]{18}$/.test(text) ? text : null);
}
