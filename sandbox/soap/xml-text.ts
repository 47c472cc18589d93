/** Text that is no XML; the message is worded as Xerces does, whose texts Salesforce passes on. */
export class XmlError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'XmlError';
  }
}

/** Characters that no XML document may hold. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what they are
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

export function refuseForbidden(text: string): void {
  const at = text.search(FORBIDDEN);
  if (at >= 0)
    throw new XmlError(
      `An invalid XML character (Unicode: 0x${text.charCodeAt(at).toString(16)}) was found in the element content of the document.`,
    );
}

export const withoutForbidden = (text: string): string => text.replace(FORBIDDEN, ' ');

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The text that a raw one stands for: there are the five entities of XML, and characters by number. */
export function resolveEntities(raw: string): string {
  if (!raw.includes('&')) return raw;
  return raw.replace(/&(#x[0-9a-f]+|#\d+|[\w.:-]+)?(;?)/gi, (_, name: string | undefined, end) => {
    if (name === undefined || end === '')
      throw new XmlError(
        "The entity name must immediately follow the '&' in the entity reference.",
      );
    if (name.startsWith('#')) return characterOf(name);
    const value = Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : undefined;
    if (value === undefined)
      throw new XmlError(`The entity "${name}" was referenced, but not declared.`);
    return value;
  });
}

function characterOf(reference: string): string {
  const isHex = /^#x/i.test(reference);
  const code = Number.parseInt(reference.slice(isHex ? 2 : 1), isHex ? 16 : 10);
  const isSurrogate = code >= 0xd800 && code <= 0xdfff;
  const text = code <= 0x10ffff && !isSurrogate ? String.fromCodePoint(code) : '\u0000';
  if (text.search(FORBIDDEN) >= 0)
    throw new XmlError(`Character reference "&${reference}" is an invalid XML character.`);
  return text;
}
