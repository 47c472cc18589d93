import { expect, it } from 'vitest';
import { createLog, errorFields } from '../../src/log.ts';
import { SchemaMissing } from '../../src/operations/schema.ts';

const SECRET = 'hunter2';
const NAME = 'Wangari Maathai';

function logged(
  level: 'info' | 'debug',
  write: (log: ReturnType<typeof createLog>) => void,
): string {
  const lines: string[] = [];
  write(createLog(level, { write: (line: string) => void lines.push(line) }));
  return lines.join('');
}

it('one step is one line of JSON with names and counts', () => {
  const text = logged('info', (log) => {
    log.info({ cycle: 3, object: 'Lead', operation: 'pull updates', new: 2 }, 'step done');
    log.debug('not at this level');
  });
  expect(text.trim().split('\n')).toHaveLength(1);
  expect(JSON.parse(text)).toMatchObject({
    level: 'info',
    cycle: 3,
    object: 'Lead',
    new: 2,
    msg: 'step done',
  });
});

it('L4: secrets are taken out by key, at any depth they sit at', () => {
  const text = logged('info', (log) => {
    log.info({ password: SECRET, salesforce: { refreshToken: SECRET } }, 'a');
    log.info({ config: { salesforce: { jwtKey: SECRET } }, databaseUrl: SECRET }, 'b');
    log.child({ headers: { authorization: SECRET } }).info('c');
  });
  expect(text).not.toContain(SECRET);
  expect(text).toContain('[hidden]');
});

it("L4: an error's own text stays out, wherever the error is put", () => {
  const cause = new Error(`Key (email)=(${NAME}) exists`);
  const error = Object.assign(new Error(`duplicate ${NAME}\n${NAME}`, { cause }), {
    code: '23505',
  });
  const text = logged('info', (log) => {
    log.error(error);
    log.error({ err: error });
    log.error({ err: error, object: 'Lead' }, 'step failed');
    log.error({ error }, 'step failed');
    log.error({ reason: error }, 'step failed');
  });
  expect(text).not.toContain('Wangari');
  expect(text.match(/"code":"23505"/g)).toHaveLength(5);
  expect(text).toContain('log.test.ts');
});

it('a message of our own is kept: it holds no data, and says what to do', () => {
  expect(errorFields(new SchemaMissing()).message).toContain('tandem migrate');
  expect(errorFields('a thrown text')).toEqual({ type: 'string', at: [] });
});
