import { describe, expect, it } from 'vitest';
import { classify } from '../../src/salesforce/classify.ts';
import { RequestLimitExceeded, type SalesforceRejected } from '../../src/salesforce/errors.ts';

const at = new Date('2026-01-02T03:04:05Z');
const body = (errorCode: string, message = 'no') => JSON.stringify([{ errorCode, message }]);

describe('every answer of Salesforce has one error', () => {
  it.each([
    [401, body('INVALID_SESSION_ID', 'Session expired or invalid'), 'SessionRefused', true],
    [401, '', 'SessionRefused', true],
    [
      403,
      body('REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.'),
      'RequestLimitExceeded',
      true,
    ],
    [
      403,
      body('REQUEST_LIMIT_EXCEEDED', 'ConcurrentPerOrgLongTxn Limit exceeded.'),
      'TooManyRequests',
      true,
    ],
    [
      403,
      body(
        'REQUEST_LIMIT_EXCEEDED',
        'ConcurrentRequests (Concurrent API Requests) Limit exceeded.',
      ),
      'TooManyRequests',
      true,
    ],
    [403, body('API_DISABLED_FOR_ORG'), 'CredentialsRejected', false],
    [403, body('FUNCTIONALITY_NOT_ENABLED'), 'SalesforceRejected', false],
    [403, '<html>blocked</html>', 'SalesforceUnavailable', true],
    [400, body('QUERY_TIMEOUT'), 'QueryTimeout', true],
    [400, body('UNABLE_TO_LOCK_ROW'), 'RowLocked', true],
    [400, body('MALFORMED_QUERY'), 'SalesforceRejected', false],
    [400, body('INVALID_QUERY_LOCATOR'), 'SalesforceRejected', true],
    [404, body('NOT_FOUND'), 'SalesforceRejected', false],
    [404, '', 'SalesforceUnavailable', true],
    [409, body('API_ERROR'), 'SalesforceRejected', false],
    [414, '<html>URI Too Long</html>', 'SalesforceRejected', false],
    [431, '', 'SalesforceRejected', false],
    [420, '', 'SalesforceUnavailable', true],
    [429, '', 'TooManyRequests', true],
    [500, body('UNKNOWN_EXCEPTION'), 'SalesforceUnavailable', true],
    [502, '<html>Bad Gateway</html>', 'SalesforceUnavailable', true],
    [503, body('SERVER_UNAVAILABLE', 'Server Unavailable'), 'SalesforceUnavailable', true],
    [503, '<html>maintenance</html>', 'SalesforceUnavailable', true],
    [302, '', 'SalesforceUnavailable', true],
    [400, '{"exceptionCode":"InvalidBatch","exceptionMessage":"x"}', 'SalesforceRejected', false],
    [400, '[]', 'SalesforceUnavailable', true],
    [400, '{"errorCode":7}', 'SalesforceUnavailable', true],
  ])('HTTP %i %s is %s, retryable %s', (status, text, name, retryable) => {
    const error = classify({ status, text, at }, 'query');
    expect(error.name).toBe(name);
    expect(error.retryable).toBe(retryable);
    expect(error.message).toMatch(/\. \S.*\.$/); // ends with what to do
  });

  it('M1: the daily limit is asked again a quarter of an hour later, by Salesforce’s clock', () => {
    const text = body('REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.');
    const error = classify({ status: 403, text, at }, 'query') as RequestLimitExceeded;
    expect(error).toBeInstanceOf(RequestLimitExceeded);
    expect(error.resumeAt).toEqual(new Date('2026-01-02T03:19:05Z'));
  });

  it('says for a query what Salesforce says, on one line', () => {
    const text = body(
      'INVALID_FIELD',
      "\nSELECT Idd\n       ^\nERROR at Row:1\nNo such column 'Idd'",
    );
    const error = classify({ status: 400, text, at }, 'query') as SalesforceRejected;
    expect(error.code).toBe('INVALID_FIELD');
    expect(error.message).toContain("ERROR at Row:1 No such column 'Idd'. Check that");
  });

  it('L4: leaves Salesforce’s words out where they may quote a record', () => {
    const text = body('STRING_TOO_LONG', 'Last Name: data value too large: Ada Lovelace');
    expect(classify({ status: 400, text, at }, 'records').message).not.toContain('Ada');
  });

  it('names an API version that the org does not have', () => {
    const text = body('NOT_FOUND', 'The requested API version does not exist');
    const error = classify({ status: 404, text, at }, 'query') as SalesforceRejected;
    expect(error.code).toBe('UNSUPPORTED_API_VERSION');
  });
});
