/** One error as REST shows it; `fields` only where a record is concerned. */
export interface ErrorBody {
  errorCode: string;
  message: string;
  fields?: string[];
}

/** An error that leaves as Salesforce's HTTP status and JSON array. Texts: one function each, below. */
export class SalesforceError extends Error {
  readonly status: number;
  readonly errorCode: string;
  readonly fields: string[] | undefined;

  constructor(status: number, errorCode: string, message: string, fields?: string[]) {
    super(message);
    this.name = 'SalesforceError';
    this.status = status;
    this.errorCode = errorCode;
    this.fields = fields;
  }

  body(): ErrorBody[] {
    const { errorCode, message, fields } = this;
    return [fields === undefined ? { message, errorCode } : { message, errorCode, fields }];
  }
}

export const notFound = () =>
  new SalesforceError(404, 'NOT_FOUND', 'The requested resource does not exist');

export const malformedQuery = (message: string) =>
  new SalesforceError(400, 'MALFORMED_QUERY', message);
