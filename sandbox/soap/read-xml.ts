import { refuseForbidden, resolveEntities, XmlError } from './xml-text.ts';

/** An element with its names resolved. Comments and processing instructions are gone. */
export interface XmlElement {
  /** Without its prefix. */
  name: string;
  /** Empty when there is none. */
  namespace: string;
  attributes: XmlAttribute[];
  children: XmlElement[];
  /** All text directly in the element, entities resolved, blanks as they stand. */
  text: string;
  /** Prefixes in scope, for qualified names in values. */
  prefixes: ReadonlyMap<string, string>;
}

export interface XmlAttribute {
  name: string;
  namespace: string;
  value: string;
}

/** Deeper than any call nests, and far from where a stack would end. */
const DEEPEST = 200;

const TOKEN =
  /<!\[CDATA\[([\s\S]*?)\]\]>|<!--[\s\S]*?-->|<\?([\s\S]*?)\?>|<\/([^\s<>/]+)\s*>|<([^\s<>/!?]+)((?:\s+[^\s<>/=]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/gy;

const ATTRIBUTE = /([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

const BUILT_IN = new Map([
  ['xml', 'http://www.w3.org/XML/1998/namespace'],
  ['xmlns', 'http://www.w3.org/2000/xmlns/'],
]);

/**
 * Reads a whole document. There is no DTD in SOAP, so a DOCTYPE is refused and no entity can expand
 * into anything. Throws XmlError for what is not well-formed.
 */
export function readXml(source: string): XmlElement {
  const text = source.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
  if (text === '') throw new XmlError('Premature end of file.');
  refuseForbidden(text);
  const reader = new Reader();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const token = TOKEN.exec(text);
    if (token === null) throw strayMarkup(text.slice(at, at + 9), reader.isOutside());
    const [, cdata, instruction, closing, opening, attributes, empty, characters] = token;
    if (cdata !== undefined) reader.characters(cdata);
    else if (instruction !== undefined) refuseLateDeclaration(instruction, at);
    else if (closing !== undefined) reader.close(closing);
    else if (opening !== undefined) {
      reader.open(opening, attributes ?? '');
      if (empty === '/') reader.close(opening);
    } else if (characters !== undefined) reader.characters(characters, true);
  }
  return reader.finish();
}

function strayMarkup(markup: string, outside: boolean): XmlError {
  if (/^<!DOCTYPE/i.test(markup))
    return new XmlError(
      'DOCTYPE is disallowed when the feature "http://apache.org/xml/features/disallow-doctype-decl" set to true.',
    );
  return new XmlError(
    outside
      ? 'The markup in the document preceding the root element must be well-formed.'
      : 'The content of elements must consist of well-formed character data or markup.',
  );
}

function refuseLateDeclaration(instruction: string, at: number): void {
  if (at > 0 && /^xml(\s|$)/i.test(instruction))
    throw new XmlError('The processing instruction target matching "[xX][mM][lL]" is not allowed.');
}

/** Puts elements together as their tags come by. */
class Reader {
  readonly #open: { tag: string; element: XmlElement }[] = [];
  #root: XmlElement | undefined;

  isOutside(): boolean {
    return this.#open.length === 0;
  }

  open(tag: string, rawAttributes: string): void {
    if (this.#root !== undefined && this.isOutside())
      throw new XmlError(
        'The markup in the document following the root element must be well-formed.',
      );
    if (this.#open.length >= DEEPEST)
      throw new XmlError(`The document nests deeper than ${DEEPEST} elements.`);
    const parent = this.#open.at(-1)?.element;
    const pairs = pairsIn(tag, rawAttributes);
    const prefixes = scopeOf(parent?.prefixes ?? BUILT_IN, pairs);
    const [prefix, name] = split(tag);
    const namespace = prefixes.get(prefix);
    if (namespace === undefined && prefix !== '')
      throw new XmlError(`The prefix "${prefix}" for element "${tag}" is not bound.`);
    const attributes = attributesOf(tag, pairs, prefixes);
    const element: XmlElement = {
      name,
      namespace: namespace ?? '',
      attributes,
      children: [],
      text: '',
      prefixes,
    };
    parent?.children.push(element);
    this.#root ??= element;
    this.#open.push({ tag, element });
  }

  close(tag: string): void {
    const open = this.#open.pop();
    if (open === undefined)
      throw new XmlError(
        'The markup in the document following the root element must be well-formed.',
      );
    if (open.tag !== tag)
      throw new XmlError(
        `The element type "${open.tag}" must be terminated by the matching end-tag "</${open.tag}>".`,
      );
  }

  characters(raw: string, hasEntities = false): void {
    const open = this.#open.at(-1);
    if (open !== undefined) open.element.text += hasEntities ? resolveEntities(raw) : raw;
    else if (raw.trim() !== '')
      throw new XmlError(
        `Content is not allowed in ${this.#root === undefined ? 'prolog' : 'trailing section'}.`,
      );
  }

  finish(): XmlElement {
    if (!this.isOutside())
      throw new XmlError('XML document structures must start and end within the same entity.');
    if (this.#root === undefined) throw new XmlError('Premature end of file.');
    return this.#root;
  }
}

type Pairs = [name: string, value: string][];

function pairsIn(tag: string, raw: string): Pairs {
  const pairs: Pairs = [];
  const names = new Set<string>();
  for (const [, name = '', double, single] of raw.matchAll(ATTRIBUTE)) {
    if (names.has(name))
      throw new XmlError(`Attribute "${name}" was already specified for element "${tag}".`);
    names.add(name);
    pairs.push([name, resolveEntities(double ?? single ?? '')]);
  }
  return pairs;
}

function scopeOf(outer: ReadonlyMap<string, string>, pairs: Pairs): ReadonlyMap<string, string> {
  const declared = pairs.filter(([name]) => name === 'xmlns' || name.startsWith('xmlns:'));
  if (declared.length === 0) return outer;
  return new Map([
    ...outer,
    ...declared.map(([name, uri]): [string, string] => [name.slice('xmlns:'.length), uri]),
  ]);
}

function attributesOf(
  tag: string,
  pairs: Pairs,
  prefixes: ReadonlyMap<string, string>,
): XmlAttribute[] {
  return pairs
    .filter(([name]) => name !== 'xmlns' && !name.startsWith('xmlns:'))
    .map(([qualified, value]) => {
      const [prefix, name] = split(qualified);
      const namespace = prefix === '' ? '' : prefixes.get(prefix);
      if (namespace === undefined)
        throw new XmlError(
          `The prefix "${prefix}" for attribute "${qualified}" associated with an element type "${tag}" is not bound.`,
        );
      return { name, namespace, value };
    });
}

/** `a:b` as prefix and local name. */
function split(qualified: string): [prefix: string, name: string] {
  const colon = qualified.indexOf(':');
  return colon === -1 ? ['', qualified] : [qualified.slice(0, colon), qualified.slice(colon + 1)];
}
