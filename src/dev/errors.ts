import { readFile } from 'node:fs/promises';

/** A part that did not start, or could not go on. The message is for the person at the terminal. */
export class StartFailed extends Error {
  override readonly name = 'StartFailed';

  /**
   * @param what what was wrong and where, one sentence
   * @param next what the person does about it, one sentence
   * @param details the last lines of a log, shown indented between the two
   */
  constructor(what: string, next: string, details = '', cause?: unknown) {
    const quoted = details.trimEnd().replace(/^/gm, '    ');
    super([what, ...(details.trim() ? [quoted] : []), next].join('\n'), { cause });
  }
}

/** The last lines of a log file from a byte on, or '' when there is none yet. */
export async function lastLines(file: string, from = 0, count = 15): Promise<string> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  });
  return bytes.subarray(from).toString('utf8').trimEnd().split('\n').slice(-count).join('\n');
}

const ADVICE: ReadonlyArray<[RegExp, string]> = [
  [
    /no space left on device|ENOSPC|database or disk is full|could not extend file/i,
    'The disk is full: free some room there, then start again. Nothing committed is lost.',
  ],
  [
    /address already in use|EADDRINUSE/i,
    'Another program took the port in the meantime: start again, and a free one is chosen.',
  ],
  [
    /permission denied|EACCES|EPERM/i,
    'This user may not use that file or folder: give it the right, or choose another folder with --data DIR.',
  ],
  [
    /cannot allocate memory|out of memory|ENOMEM|could not (create|map).*shared memory/i,
    'There is too little memory: end other programs, then start again.',
  ],
];

/** What to do about a part that failed with this text in its log; `otherwise` when nothing is known of it. */
export function adviceFor(text: string, otherwise: string): string {
  return ADVICE.find(([pattern]) => pattern.test(text))?.[1] ?? otherwise;
}

/** An error as the person reads it: our own say what to do; a fault of the program comes with where it arose. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined && /^E[A-Z0-9]+$/.test(code)) {
    return `${error.message}\n${adviceFor(`${code} ${error.message}`, 'Mend that, then start again.')}`;
  }
  if (code !== undefined && /^[0-9A-Z]{5}$/.test(code)) {
    const advice = adviceFor(error.message, 'Mend that in the database, then start again.');
    return `PostgreSQL refused: ${error.message} (SQLSTATE ${code})\n${advice}`;
  }
  const isOwn = !['Error', 'TypeError', 'RangeError', 'ReferenceError'].includes(error.name);
  return isOwn ? error.message : `Tandem could not go on, by a fault of its own:\n${error.stack}`;
}
