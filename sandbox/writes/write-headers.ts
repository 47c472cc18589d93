import { malformedId } from '../errors.ts';
import { idOfRightShape } from './id-shape.ts';

/** What a call says about business rules; every API has its own way to say it. */
export interface WriteHeaders {
  /** True: the object's active assignment rule; a string: the rule of this id (18 characters), active or not. */
  autoAssign: boolean | string;
  duplicateRule: {
    /** Saves duplicates that a rule only alerts to. */
    allowSave: boolean;
    /** The answer shows fields of the records found, not only their ids. */
    includeRecordDetails: boolean;
    /** Duplicates that the caller may not see are not found. */
    runAsCurrentUser: boolean;
  };
}

/** What holds for SOAP and Bulk calls that say nothing: no assignment, and duplicates are refused. */
export const NO_HEADERS: WriteHeaders = {
  autoAssign: false,
  duplicateRule: { allowSave: false, includeRecordDetails: false, runAsCurrentUser: false },
};

type Headers = Record<string, string | string[] | undefined>;

const textOf = (headers: Headers, name: string) => [headers[name] ?? ''].flat().join(';').trim();

/**
 * `Sforce-Auto-Assign` (REST assigns when it is absent) and `Sforce-Duplicate-Rule-Header`. Throws
 * MALFORMED_ID when the first is neither a truth value nor an id.
 */
export function writeHeadersOf({ headers }: { headers: Headers }): WriteHeaders {
  const choices = textOf(headers, 'sforce-duplicate-rule-header');
  return {
    autoAssign: autoAssignOf(textOf(headers, 'sforce-auto-assign')),
    duplicateRule: {
      allowSave: isChosen(choices, 'allowSave'),
      includeRecordDetails: isChosen(choices, 'includeRecordDetails'),
      runAsCurrentUser: isChosen(choices, 'runAsCurrentUser'),
    },
  };
}

function autoAssignOf(text: string): boolean | string {
  if (text === '' || /^true$/i.test(text)) return true;
  if (/^false$/i.test(text)) return false;
  const id = idOfRightShape(text);
  if (id === null) throw malformedId(text);
  return id;
}

const isChosen = (choices: string, name: string) =>
  new RegExp(`(^|[;,])\\s*${name}\\s*=\\s*true\\s*($|[;,])`, 'i').test(choices);
