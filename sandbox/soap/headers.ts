import { malformedId } from '../errors.ts';
import { idOfRightShape } from '../writes/id-shape.ts';
import { NO_HEADERS, type WriteHeaders } from '../writes/write-headers.ts';
import { notOfType, SoapFault } from './faults.ts';
import { mustUnderstand, textOf } from './read-envelope.ts';
import type { XmlElement } from './read-xml.ts';

/** What a call's SOAP headers say. */
export interface CallHeaders {
  sessionId: string | undefined;
  /** Rows a page; undefined when the client leaves it to the server. */
  batchSize: number | undefined;
  allOrNone: boolean;
  write: WriteHeaders;
  /** Of LoginScopeHeader: the org that the user is to be looked for in. */
  organizationId: string | undefined;
}

/** Headers that Salesforce knows. Some of them change nothing here: no mail is sent, and labels have one language. */
const KNOWN = new Set([
  'AllOrNoneHeader',
  'AllowFieldTruncationHeader',
  'AssignmentRuleHeader',
  'CallOptions',
  'DebuggingHeader',
  'DisableFeedTrackingHeader',
  'DuplicateRuleHeader',
  'EmailHeader',
  'LimitInfoHeader',
  'LocaleOptions',
  'LoginScopeHeader',
  'MruHeader',
  'OwnerChangeOptions',
  'PackageVersionHeader',
  'QueryOptions',
  'SessionHeader',
  'StreamingEnabledHeader',
  'UserTerritoryDeleteHeader',
]);

/** Reads the headers in this API's namespace. An unknown one is passed over unless it must be understood. */
export function readHeaders(headers: XmlElement[], namespace: string): CallHeaders {
  for (const header of headers)
    if (mustUnderstand(header) && !(header.namespace === namespace && KNOWN.has(header.name)))
      throw new SoapFault(
        'MustUnderstand',
        `Did not understand header {${header.namespace}}${header.name}`,
        null,
      );
  const value = (header: string, name: string) => {
    const found = headers.findLast((one) => one.namespace === namespace && one.name === header);
    return found === undefined ? undefined : textOf(found, name);
  };
  const flag = (header: string, name: string) => booleanOf(value(header, name)) ?? false;
  return {
    sessionId: value('SessionHeader', 'sessionId'),
    batchSize: integerOf(value('QueryOptions', 'batchSize')),
    allOrNone: flag('AllOrNoneHeader', 'allOrNone'),
    organizationId: value('LoginScopeHeader', 'organizationId'),
    write: {
      ...NO_HEADERS,
      autoAssign:
        idOf(value('AssignmentRuleHeader', 'assignmentRuleId')) ??
        flag('AssignmentRuleHeader', 'useDefaultRule'),
      duplicateRule: {
        allowSave: flag('DuplicateRuleHeader', 'allowSave'),
        includeRecordDetails: flag('DuplicateRuleHeader', 'includeRecordDetails'),
        runAsCurrentUser: flag('DuplicateRuleHeader', 'runAsCurrentUser'),
      },
    },
  };
}

function idOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const id = idOfRightShape(text);
  if (id === null) throw malformedId(text);
  return id;
}

/** Reads an xsd:boolean. */
export function booleanOf(text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  if (/^(true|1)$/.test(text)) return true;
  if (/^(false|0)$/.test(text)) return false;
  throw notOfType(text, 'xsd:boolean');
}

function integerOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[+-]?\d{1,9}$/.test(text)) throw notOfType(text, 'xsd:int');
  return Number(text);
}
