import { clientFault, SoapFault } from './faults.ts';
import { readXml, type XmlElement } from './read-xml.ts';
import { XmlError } from './xml-text.ts';

const SOAP_11 = 'http://schemas.xmlsoap.org/soap/envelope/';
const XSI = 'http://www.w3.org/2001/XMLSchema-instance';

export interface Envelope {
  headers: XmlElement[];
  /** The one element in the body. */
  call: XmlElement;
}

/** Reads a SOAP 1.1 message. Throws a SoapFault for what is none. */
export function readEnvelope(text: string): Envelope {
  const root = parse(text);
  if (root.name !== 'Envelope')
    throw clientFault(
      `unexpected element: Parser was expecting element '${SOAP_11}:Envelope' but found '${root.namespace}:${root.name}'`,
    );
  if (root.namespace !== SOAP_11) throw new SoapFault('VersionMismatch', 'Version Mismatch', null);
  const headers = partsOf(root, 'Header');
  const [call] = partsOf(root, 'Body');
  if (call === undefined) throw clientFault('The SOAP body holds no call.');
  return { headers, call };
}

function parse(text: string): XmlElement {
  try {
    return readXml(text);
  } catch (error) {
    if (error instanceof XmlError) throw clientFault(error.message);
    throw error;
  }
}

const partsOf = (root: XmlElement, name: string) =>
  root.children.find((one) => one.name === name && one.namespace === SOAP_11)?.children ?? [];

/** Whether whoever does not know this header has to refuse the message. */
export const mustUnderstand = ({ attributes }: XmlElement): boolean =>
  attributes.some(
    ({ name, namespace, value }) =>
      name === 'mustUnderstand' && namespace === SOAP_11 && /^(1|true)$/.test(value.trim()),
  );

/** The children of this name; of several namespaces, since clients disagree about them. */
export const all = ({ children }: XmlElement, name: string): XmlElement[] =>
  children.filter((child) => child.name === name);

export const isNil = ({ attributes }: XmlElement): boolean =>
  attributes.some(
    ({ name, namespace, value }) =>
      name === 'nil' && namespace === XSI && /^(1|true)$/.test(value.trim()),
  );

/** The local name of an element's `xsi:type`; undefined when it has none. */
export function xsiType({ attributes }: XmlElement): string | undefined {
  const type = attributes.find(({ name, namespace }) => name === 'type' && namespace === XSI);
  return type?.value.trim().split(':').at(-1);
}

/** The text of the child of this name; undefined when it is not there, nil or blank. Of several the last. */
export function textOf(parent: XmlElement, name: string): string | undefined {
  const child = all(parent, name).at(-1);
  if (child === undefined || isNil(child)) return undefined;
  const text = child.text.trim();
  return text === '' ? undefined : text;
}

/** As textOf, with the blanks around it, which count in a query's columns and in passwords. */
export function wholeTextOf(parent: XmlElement, name: string): string | undefined {
  return textOf(parent, name) === undefined ? undefined : all(parent, name).at(-1)?.text;
}

/** The texts of all children of this name; nil and blank ones are left out. */
export const textsOf = (parent: XmlElement, name: string): string[] =>
  all(parent, name)
    .filter((child) => !isNil(child))
    .map((child) => child.text.trim())
    .filter((text) => text !== '');
