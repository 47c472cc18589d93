import { ServiceError } from '@temporalio/client';
import { isPublic, publicMessage } from '../log.ts';

/** The command was asked for something that cannot be: exit code 2. */
export class WrongUse extends Error {}

/** The command could not do what it was asked for: exit code 1. The message says what to do. */
export class CommandFailed extends Error {}

/** What went wrong in one line that says what to do; without values that a library's error may quote (L4). */
export function explain(error: unknown): string {
  return oneLine(message(error));
}

function message(error: unknown): string {
  if (error instanceof WrongUse || error instanceof CommandFailed) return error.message;
  if (isPublic(error)) return error.message;
  if (error instanceof ServiceError) {
    return `Temporal did not do it (${error.message}): see whether its server is well, then try again.`;
  }
  return `Tandem could not go on (${publicMessage(error)}): this is a fault of its own; try again, and report it if it stays.`;
}

export function oneLine(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ');
}
