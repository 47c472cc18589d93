import type { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { BudgetSpent } from '../../activities/errors.ts';
import { toFailure } from '../../activities/failures.ts';
import { ConfigError } from '../../src/config.ts';
import { classify, PageIncomplete } from '../../src/marketing/errors.ts';
import { QueryTimeout, SalesforceRejected } from '../../src/salesforce/errors.ts';
import { FieldMapRefused } from '../../src/sync/errors.ts';
import { TemporalUnavailable } from '../../src/temporal/client.ts';

const NAME = 'Wangari Maathai';
const pgError = (code: string, text = `about ${NAME}`) => Object.assign(new Error(text), { code });
const failureOf = (error: unknown) => toFailure(error) as ApplicationFailure;

describe('errors as Temporal gets them', () => {
  it.each([
    new SalesforceRejected('MALFORMED_QUERY', 'no such thing'),
    new QueryTimeout(),
    new PageIncomplete('A CSV page ended early.'),
    new FieldMapRefused('Lead.Region__c cannot map to id.'),
    new BudgetSpent('spent', new Date()),
    new ConfigError(['Connection default has no database.']),
    new TemporalUnavailable('localhost:7233', null),
  ])('K1: the message of our own $name is kept, since it says what to do', (error) => {
    expect(failureOf(error).message).toBe(error.message);
  });

  it('L4, N7: the message of another error stays out, and where it arose is said instead', () => {
    const error = pgError('23505', `Key (email)=(${NAME})\nsee /src/${NAME}/x.ts:1`);
    const { message } = failureOf(error);
    expect(message).toMatch(/^Error 23505 at (\S+ \()?test\/activities\/failures\.test\.ts/);
    expect(message).not.toContain('Wangari');
  });

  it('K1: a wrong column in tandem.yaml waits for the operator', () => {
    expect(failureOf(new FieldMapRefused('x'))).toMatchObject({
      nonRetryable: true,
      details: [{ scope: 'connection', remedy: 'operator' }],
    });
  });

  it.each(['53100', '53200', '25006'])(
    'N3: SQLSTATE %s is the database’s own trouble, which may pass, and is named',
    (code) => {
      const failure = failureOf(classify(pgError(code), 'PostgreSQL at db/marketing'));
      expect(failure.message).toContain(code);
      expect(failure.message).toContain('PostgreSQL at db/marketing');
      expect(failure.message).not.toContain('Wangari');
      expect(failure).toMatchObject({
        nonRetryable: false,
        details: [{ scope: 'connection', remedy: 'retry' }],
      });
    },
  );
});
