/** A way into parsed JSON: names of properties and positions in lists. */
export type JsonPath = (string | number)[];

const BLANK = /\s*/y;
const SCALAR = /"(?:[^"\\]|\\.)*"|[^\s,\]}]+/y;

/**
 * Where a parser stands when it has read the value at `path`: behind a scalar, or behind the first
 * sign of a list or an object. Of a property given twice the last counts. `text` is valid JSON.
 */
export function placeOf(text: string, path: JsonPath): string {
  const offset = offsetBehind(text, path) ?? text.length;
  return placeAt(text, offset);
}

/** Lines and columns count from 1. */
export function placeAt(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return `[line:${line}, column:${offset - before.lastIndexOf('\n')}]`;
}

function offsetBehind(text: string, path: JsonPath): number | undefined {
  let found: number | undefined;
  const walk = (start: number, depth: number, isOnPath: boolean): number => {
    let at = skipBlanks(text, start);
    const isTarget = isOnPath && depth === path.length;
    const opening = text[at];
    if (opening !== '{' && opening !== '[') {
      const end = endOfScalar(text, at);
      if (isTarget) found = end;
      return end;
    }
    if (isTarget) found = at + 1;
    at = skipBlanks(text, at + 1);
    const closing = opening === '{' ? '}' : ']';
    for (let index = 0; at < text.length && text[at] !== closing; index += 1) {
      let key: string | number = index;
      if (opening === '{') {
        const end = endOfScalar(text, at);
        key = JSON.parse(text.slice(at, end)) as string;
        at = skipBlanks(text, end) + 1;
      }
      at = skipBlanks(text, walk(at, depth + 1, isOnPath && path[depth] === key));
      if (text[at] === ',') at = skipBlanks(text, at + 1);
    }
    return at + 1;
  };
  walk(0, 0, true);
  return found;
}

function skipBlanks(text: string, at: number): number {
  BLANK.lastIndex = at;
  BLANK.test(text);
  return BLANK.lastIndex;
}

function endOfScalar(text: string, at: number): number {
  SCALAR.lastIndex = at;
  return SCALAR.test(text) ? SCALAR.lastIndex : text.length;
}
