import { placeAt } from './json-place.ts';

/** What is wrong with a text, and behind how many characters. */
interface Failure {
  message: string;
  offset: number;
}

class Found extends Error {
  readonly failure: Failure;

  constructor(message: string, offset: number) {
    super(message);
    this.name = 'Found';
    this.failure = { message, offset };
  }
}

const VALUE = "expected a valid value (number, String, array, object, 'true', 'false' or 'null')";
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /[A-Za-z_$][\w$]*/y;

/** Says what is wrong with a text that is no JSON in the words of Jackson, Salesforce's parser. */
export function describeJsonFailure(text: string): string {
  const { message, offset } = failureIn(text);
  return `${message} at ${placeAt(text, offset)}`;
}

function failureIn(text: string): Failure {
  try {
    const end = skip(text, readValue(text, skip(text, 0)));
    return { message: unexpected(text, end, VALUE), offset: end };
  } catch (error) {
    if (error instanceof Found) return error.failure;
    throw error;
  }
}

function unexpected(text: string, at: number, expected: string): string {
  const code = text.codePointAt(at);
  if (code === undefined) return 'Unexpected end-of-input';
  const shown = code < 32 ? `CTRL-CHAR, code ${code}` : `'${text[at]}' (code ${code})`;
  return `Unexpected character (${shown}): ${expected}`;
}

const refuse = (text: string, at: number, expected: string): Found =>
  new Found(unexpected(text, at, expected), at);

function endOfInput(text: string, opened: number, what: 'OBJECT' | 'ARRAY'): Found {
  return new Found(
    `Unexpected end-of-input: expected close marker for ${what} (from ${placeAt(text, opened)})`,
    text.length,
  );
}

function skip(text: string, start: number): number {
  let at = start;
  while (' \t\r\n'.includes(text[at] ?? '-')) at += 1;
  return at;
}

function readValue(text: string, at: number): number {
  const character = text[at];
  if (character === undefined) throw new Found('Unexpected end-of-input', at);
  if (character === '{') return readEntries(text, at, 'OBJECT');
  if (character === '[') return readEntries(text, at, 'ARRAY');
  if (character === '"') return readString(text, at);
  if (character === '-' || (character >= '0' && character <= '9')) return readNumber(text, at);
  if ('tfn'.includes(character)) return readWord(text, at);
  throw refuse(text, at, VALUE);
}

function readEntries(text: string, opened: number, what: 'OBJECT' | 'ARRAY'): number {
  const closing = what === 'OBJECT' ? '}' : ']';
  let at = skip(text, opened + 1);
  if (text[at] === closing) return at + 1;
  for (;;) {
    if (text[at] === undefined) throw endOfInput(text, opened, what);
    at = skip(text, what === 'OBJECT' ? readEntry(text, at) : readValue(text, at));
    if (text[at] === closing) return at + 1;
    if (text[at] === undefined) throw endOfInput(text, opened, what);
    if (text[at] !== ',') throw refuse(text, at, `was expecting comma to separate ${what} entries`);
    at = skip(text, at + 1);
  }
}

function readEntry(text: string, at: number): number {
  if (text[at] !== '"') throw refuse(text, at, 'was expecting double-quote to start field name');
  const colon = skip(text, readString(text, at));
  if (text[colon] !== ':')
    throw refuse(text, colon, 'was expecting a colon to separate field name and value');
  return readValue(text, skip(text, colon + 1));
}

function readString(text: string, opened: number): number {
  for (let at = opened + 1; at < text.length; at += 1) {
    const character = text[at]!;
    if (character === '"') return at + 1;
    if (character < ' ')
      throw new Found(
        `Illegal unquoted character ((CTRL-CHAR, code ${character.charCodeAt(0)})): has to be escaped using backslash to be included in string value`,
        at,
      );
    if (character !== '\\') continue;
    at += 1;
    const escaped = text[at] ?? '';
    if (escaped === 'u') {
      if (!/^[0-9a-fA-F]{4}$/.test(text.slice(at + 1, at + 5)))
        throw refuse(text, at + 1, 'expected a hex-digit for character escape sequence');
      at += 4;
    } else if (!'"\\/bfnrt'.includes(escaped || '-'))
      throw new Found(
        `Unrecognized character escape '${escaped}' (code ${escaped.charCodeAt(0)})`,
        at,
      );
  }
  throw new Found(
    'Unexpected end-of-input: was expecting closing quote for a string value',
    text.length,
  );
}

function readNumber(text: string, at: number): number {
  NUMBER.lastIndex = at;
  if (!NUMBER.test(text))
    throw new Found(
      `Invalid numeric value: ${unexpected(text, at + 1, 'expected digit (0-9) to follow minus sign, for valid numeric value')}`,
      at + 1,
    );
  const end = NUMBER.lastIndex;
  if (/^-?0$/.test(text.slice(at, end)) && /\d/.test(text[end] ?? ''))
    throw new Found('Invalid numeric value: Leading zeroes not allowed', end);
  return end;
}

function readWord(text: string, at: number): number {
  WORD.lastIndex = at;
  WORD.test(text);
  const word = text.slice(at, WORD.lastIndex);
  if (['true', 'false', 'null'].includes(word)) return WORD.lastIndex;
  throw new Found(
    `Unrecognized token '${word}': was expecting ('true', 'false' or 'null')`,
    WORD.lastIndex,
  );
}
