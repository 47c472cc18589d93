/** A failed call: HTTP 500 with `sf:CODE`, on which clients rely. */
export class SoapFault extends Error {
  readonly code: string;
  readonly detail: string;

  constructor(code: string, message: string, detail = 'UnexpectedErrorFault') {
    super(message);
    this.name = 'SoapFault';
    this.code = code;
    this.detail = detail;
  }
}

const OPENING =
  '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"';
const INSTANCE = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';

/** An answer around the call's own element. */
export function envelope(content: string): string {
  return `${OPENING} xmlns="urn:partner.soap.sforce.com" ${INSTANCE}><soapenv:Body>${content}</soapenv:Body></soapenv:Envelope>`;
}

export function fault({ code, message, detail }: SoapFault): string {
  const text = escapeXml(message);
  return `${OPENING} xmlns:sf="urn:fault.partner.soap.sforce.com" ${INSTANCE}><soapenv:Body><soapenv:Fault><faultcode>sf:${code}</faultcode><faultstring>${code}: ${text}</faultstring><detail><sf:${detail} xsi:type="sf:${detail}"><sf:exceptionCode>${code}</sf:exceptionCode><sf:exceptionMessage>${text}</sf:exceptionMessage></sf:${detail}></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>`;
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
