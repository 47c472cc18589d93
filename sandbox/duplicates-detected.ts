import { type ErrorBody, SalesforceError } from './errors.ts';

/** What a duplicate rule found, with Salesforce's keys. */
export interface DuplicateResult {
  /** False: the rule blocks, and no header helps. */
  allowSave: boolean;
  duplicateRule: string;
  duplicateRuleEntityType: string;
  errorMessage: string;
  matchResults: MatchResult[];
}

export interface MatchResult {
  entityType: string;
  errors: never[];
  matchEngine: 'ExactMatchEngine' | 'FuzzyMatchEngine';
  matchRecords: {
    additionalInformation: never[];
    fieldDiffs: never[];
    matchConfidence: number;
    record: Record<string, unknown> & { attributes: { type: string; url: string }; Id: string };
  }[];
  /** The matching rule's name. */
  rule: string;
  size: number;
  success: true;
}

/** A row refused by a duplicate rule. REST's key is misspelt in Salesforce, too. */
export class DuplicatesDetected extends SalesforceError {
  readonly result: DuplicateResult;

  constructor(result: DuplicateResult) {
    super(400, 'DUPLICATES_DETECTED', result.errorMessage, []);
    this.name = 'DuplicatesDetected';
    this.result = result;
  }

  override body(): ErrorBody[] {
    const matchResults = this.result.matchResults.map((one) => ({
      ...one,
      matchRecords: one.matchRecords.map((match) => ({
        ...match,
        matchConfidence: rawJSON(match.matchConfidence.toFixed(1)),
      })),
    }));
    const { errorCode, message } = this;
    return [{ duplicateResut: { ...this.result, matchResults }, errorCode, message } as ErrorBody];
  }
}

/** JSON writes a double without a fraction as an integer; Salesforce does not. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };
