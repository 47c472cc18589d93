import { XMLParser } from 'fast-xml-parser';
import { SalesforceRejected } from './errors.ts';
import { asArray, asObject, unexpected } from './json.ts';
import type { ConvertOutcome, ConvertRequest, MergeRequest, Outcome } from './port.ts';
import type { Rest } from './rest.ts';
import * as soql from './soql.ts';
import { problemOf } from './write.ts';

/** What Salesforce offers by SOAP only (trap 26): the Partner API at the version of the REST calls. */
const NAMESPACE = 'urn:partner.soap.sforce.com';
const RECORDS = 'urn:sobject.partner.soap.sforce.com';
/** Salesforce's bounds. */
const MOST_CONVERSIONS = 100;
const MOST_MERGES = 200;

/** At most 100 leads; each has its own outcome, in request order. */
export async function convertLead(
  rest: Rest,
  apiVersion: string,
  requests: readonly ConvertRequest[],
): Promise<ConvertOutcome[]> {
  checkCount(requests.length, MOST_CONVERSIONS);
  if (requests.length === 0) return [];
  // The order of the elements is that of the WSDL.
  const conversions = requests.map((one) =>
    element(
      'leadConverts',
      optional('accountId', one.accountId) +
        optional('contactId', one.contactId) +
        element('convertedStatus', escaped(one.convertedStatus)) +
        element('doNotCreateOpportunity', String(one.opportunity === false)) +
        element('leadId', escaped(one.leadId)) +
        optional('opportunityId', typeof one.opportunity === 'string' ? one.opportunity : null) +
        optional('opportunityName', one.opportunity === true ? one.opportunityName : null) +
        element('overwriteLeadSource', 'false') +
        optional('ownerId', one.ownerId) +
        element('sendNotificationEmail', String(one.notify)),
    ),
  );
  const results = await call(rest, apiVersion, 'convertLead', conversions.join(''));
  return sized(results, requests.length).map((result) => {
    if (result.success !== 'true') return { ok: false, id: null, ...problemOf(result.errors) };
    const [contactId, accountId] = [idOf(result.contactId), idOf(result.accountId)];
    if (contactId === null || accountId === null) throw unexpected('ids of a conversion');
    return { ok: true, contactId, accountId, opportunityId: idOf(result.opportunityId) };
  });
}

/** At most two losers each; each request has its own outcome, in request order. */
export async function mergeRecords(
  rest: Rest,
  apiVersion: string,
  requests: readonly MergeRequest[],
): Promise<Outcome[]> {
  checkCount(requests.length, MOST_MERGES);
  if (requests.length === 0) return [];
  const merges = requests.map(({ object, winnerId, loserIds }) =>
    element(
      'request',
      element(
        'masterRecord',
        `<type xmlns="${RECORDS}">${soql.identifier(object)}</type><Id xmlns="${RECORDS}">${escaped(winnerId)}</Id>`,
      ) + loserIds.map((id) => element('recordToMergeIds', escaped(id))).join(''),
    ),
  );
  const results = await call(rest, apiVersion, 'merge', merges.join(''));
  return sized(results, requests.length).map((result, index): Outcome => {
    const { winnerId } = requests[index]!;
    if (result.success === 'true') return { ok: true, id: winnerId, created: false };
    return { ok: false, id: winnerId, ...problemOf(result.errors) };
  });
}

async function call(
  rest: Rest,
  apiVersion: string,
  operation: string,
  content: string,
): Promise<Record<string, unknown>[]> {
  const text = await rest.soap(
    `/services/Soap/u/${apiVersion}`,
    (session) =>
      `<?xml version="1.0" encoding="utf-8"?><env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/">` +
      `<env:Header><SessionHeader xmlns="${NAMESPACE}"><sessionId>${escaped(session)}</sessionId></SessionHeader></env:Header>` +
      `<env:Body><${operation} xmlns="${NAMESPACE}">${content}</${operation}></env:Body></env:Envelope>`,
  );
  const body = bodyOf(text);
  return asArray(asObject(body?.[`${operation}Response`]).result).map(asObject);
}

/** A fault as REST says its errors, so that one mapping classifies both; null when it is none. */
export function faultOf(text: string): { errorCode: string; message: string } | null {
  const fault = bodyOf(text)?.Fault as Record<string, unknown> | undefined;
  if (fault === undefined) return null;
  const code = String(fault.faultcode ?? '').replace(/^\w+:/, '');
  const message = String(fault.faultstring ?? '');
  return { errorCode: code || 'UNKNOWN_EXCEPTION', message };
}

const LISTS = new Set(['result', 'errors', 'fields']);

const parser = new XMLParser({
  ignoreAttributes: true,
  removeNSPrefix: true,
  parseTagValue: false,
  isArray: (name) => LISTS.has(name),
});

/** The content of the envelope's body; null for what is no SOAP message. */
function bodyOf(text: string): Record<string, unknown> | null {
  try {
    const { Envelope: envelope } = parser.parse(text) as { Envelope?: { Body?: unknown } };
    return asObject(envelope?.Body);
  } catch {
    // The parser's error would quote the text.
    return null;
  }
}

function sized(results: Record<string, unknown>[], count: number): Record<string, unknown>[] {
  if (results.length !== count) throw unexpected('result for each record');
  return results;
}

function element(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

function optional(name: string, value: string | null): string {
  return value === null ? '' : element(name, escaped(value));
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (character) => ENTITIES[character]!);
}

function idOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function checkCount(count: number, most: number): void {
  if (count <= most) return;
  throw new SalesforceRejected(
    'EXCEEDED_ID_LIMIT',
    `${count} records in one call, of at most ${most}`,
    {
      next: 'Split them into several calls.',
    },
  );
}
