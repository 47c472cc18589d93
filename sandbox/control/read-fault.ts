import { SalesforceError } from '../errors.ts';
import { FAULT_KINDS, type FaultKind, type FaultRequest } from './faults.ts';

const TEXTS = ['path', 'object', 'state'] as const;
const NUMBERS = ['times', 'chance', 'seed', 'ms', 'status', 'rows'] as const;
const KEYS = new Set<string>(['kind', ...TEXTS, ...NUMBERS]);

/** Checks the body of `POST /control/faults`; throws 400 that names what is wrong. */
export function readFault(body: unknown): FaultRequest {
  const given = Object(body) as Record<string, unknown>;
  const unknown = Object.keys(given).find((key) => !KEYS.has(key));
  if (unknown !== undefined)
    throw wrong(`unknown key "${unknown}": known are ${[...KEYS].join(', ')}`);
  if (!FAULT_KINDS.includes(given.kind as FaultKind))
    throw wrong(`"kind" must be one of ${FAULT_KINDS.join(', ')}`);
  for (const key of TEXTS)
    if (given[key] !== undefined && typeof given[key] !== 'string')
      throw wrong(`"${key}" must be a text`);
  for (const key of NUMBERS)
    if (given[key] !== undefined && !(Number(given[key]) >= 0))
      throw wrong(`"${key}" must be a number from 0 up`);
  if (given.status !== undefined && !isFailure(Number(given.status)))
    throw wrong('"status" must be an HTTP status from 400 to 599');
  if (given.state !== undefined && given.state !== 'Failed' && given.state !== 'Aborted')
    throw wrong('"state" must be Failed or Aborted');
  checkPattern(given.path as string | undefined);
  return given as unknown as FaultRequest;
}

const isFailure = (status: number) => Number.isInteger(status) && status >= 400 && status <= 599;

function checkPattern(path: string | undefined): void {
  try {
    new RegExp(path ?? '');
  } catch (error) {
    throw wrong(`"path" is no regular expression: ${String(error)}`);
  }
}

export const wrong = (message: string) => new SalesforceError(400, 'CONTROL', message);
