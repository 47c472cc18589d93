import type { Dialect } from './dialects.ts';
import type { SoapFault } from './faults.ts';
import { withoutForbidden } from './xml-text.ts';

const OPENING =
  '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"';
const XSI = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';
const XSD = ' xmlns:xsd="http://www.w3.org/2001/XMLSchema"';

/** An answer around the call's own element; `header` is the content of the SOAP header. */
export function envelope(dialect: Dialect, content: string, header = ''): string {
  const sf = content.includes('<sf:') || content.includes('"sf:');
  const names = [
    ` xmlns="${dialect.namespace}"`,
    content.includes('xsi:') ? XSI : '',
    content.includes('"xsd:') ? XSD : '',
    sf ? ` xmlns:sf="${dialect.sObjects}"` : '',
  ].join('');
  const head = header === '' ? '' : `<soapenv:Header>${header}</soapenv:Header>`;
  return `${OPENING}${names}>${head}<soapenv:Body>${content}</soapenv:Body></soapenv:Envelope>`;
}

/** A fault as an answer. Salesforce's own come with a detail, those of the SOAP layer without. */
export function faultEnvelope(dialect: Dialect, { code, message, detail, place }: SoapFault) {
  if (detail === null)
    return `${OPENING}><soapenv:Body><soapenv:Fault><faultcode>soapenv:${code}</faultcode>${element('faultstring', message)}</soapenv:Fault></soapenv:Body></soapenv:Envelope>`;
  const spot =
    place === null
      ? ''
      : element('sf:row', String(place.row)) + element('sf:column', String(place.column));
  const content = `${element('sf:exceptionCode', code)}${element('sf:exceptionMessage', message)}${spot}`;
  return `${OPENING} xmlns:sf="${dialect.faults}"${XSI}><soapenv:Body><soapenv:Fault><faultcode>sf:${code}</faultcode>${element('faultstring', `${code}: ${message}`)}<detail><sf:${detail} xsi:type="sf:${detail}">${content}</sf:${detail}></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>`;
}

/** `<name>text</name>`, the text escaped. */
export const element = (name: string, text: string) => `<${name}>${escapeXml(text)}</${name}>`;

export const nil = (name: string) => `<${name} xsi:nil="true"/>`;

/** An element, or one that says that there is no value. */
export const nillable = (name: string, text: string | null | undefined) =>
  text === null || text === undefined ? nil(name) : element(name, text);

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Characters that no XML document may hold become spaces. */
export function escapeXml(text: string): string {
  return (
    withoutForbidden(text)
      .replace(/[&<>"']/g, (character) => ENTITIES[character]!)
      // A bare carriage return would be read as a line feed.
      .replaceAll('\r', '&#xD;')
  );
}
