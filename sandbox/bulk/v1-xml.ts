import { XMLParser } from 'fast-xml-parser';
import { AsyncError } from './v1-errors.ts';

const NAMESPACE = 'http://www.force.com/2009/06/asyncapi/dataload';

const PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>';

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escaped = (text: string) => text.replace(/[&<>"]/g, (character) => ENTITIES[character]!);

/** A document with this root; lists become repeated elements, nulls are left out. */
export const xmlDocument = (root: string, content: Record<string, unknown>): string =>
  `${PROLOGUE}<${root} xmlns="${NAMESPACE}">${elements(content)}</${root}>`;

function elements(content: Record<string, unknown>): string {
  return Object.entries(content)
    .flatMap(([name, value]) => [value].flat().map((one) => element(name, one)))
    .join('');
}

function element(name: string, value: unknown): string {
  if (value === null || value === undefined) return '';
  const inner =
    typeof value === 'object' ? elements(value as Record<string, unknown>) : escaped(String(value));
  return `<${name}>${inner}</${name}>`;
}

/** Rows of a query as XML: `sObject` elements with `type`, nulls as xsi:nil. */
export const sObjects = (records: string[]): string =>
  `${PROLOGUE}<queryResult xmlns="${NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">${records.join('')}</queryResult>`;

export function sObject(record: Record<string, unknown>, name = 'records'): string {
  const { attributes, ...fields } = record as { attributes?: { type?: string } };
  const inner = Object.entries(fields).map(([key, value]) => {
    if (value === null) return `<${key} xsi:nil="true"/>`;
    if (typeof value === 'object') return sObject(value as Record<string, unknown>, key);
    return `<${key}>${escaped(String(value))}</${key}>`;
  });
  return `<${name} xsi:type="sObject"><type>${attributes?.type ?? ''}</type>${inner.join('')}</${name}>`;
}

const parser = new XMLParser({
  removeNSPrefix: true,
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  trimValues: false,
  processEntities: true,
});

type Node = Record<string, unknown>;

/** The content of a document's root, whatever its prefix. Throws ClientInputError for what is no XML, or has another root. */
export function readXml(text: string, root: string, code: string): Node {
  let found: unknown;
  try {
    found = (parser.parse(text.trim()) as Node)[root];
  } catch (error) {
    throw new AsyncError(code, `Unable to parse: ${(error as Error).message}`);
  }
  if (found === undefined) throw new AsyncError(code, `Unable to parse: no element ${root}`);
  return typeof found === 'object' && found !== null ? (found as Node) : {};
}

/** The text of an element; null for xsi:nil. */
export function textOf(node: unknown): string | null {
  if (typeof node !== 'object' || node === null) return String(node);
  const { '#text': text, '@nil': nil } = node as { '#text'?: unknown; '@nil'?: unknown };
  return nil === 'true' || nil === '1' ? null : String(text ?? '');
}
