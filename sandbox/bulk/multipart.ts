import { SalesforceError } from '../errors.ts';
import { invalidJob } from './failures.ts';

/** Characters of the content that one multipart request may carry. */
const MOST_CHARACTERS = 100_000;

/** A job and its content, sent together. */
export interface JobWithContent {
  job: unknown;
  content: string;
}

/** Takes a multipart body apart: a part `job` in JSON and a part `content` in CSV. Throws 400 for anything else. */
export function readMultipart(contentType: string, body: Buffer): JobWithContent {
  const boundary = /boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType);
  if (boundary === null) throw invalidJob('The multipart request has no boundary');
  const parts = partsOf(body.toString('utf8'), `--${boundary[1] ?? boundary[2]}`);
  const job = parts.get('job');
  const content = parts.get('content');
  if (job === undefined || content === undefined)
    throw invalidJob('A multipart request needs the parts job and content');
  if (content.length > MOST_CHARACTERS)
    throw invalidJob(`The content of a multipart request is at most ${MOST_CHARACTERS} characters`);
  return { job: parseJob(job), content };
}

function parseJob(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SalesforceError(400, 'JSON_PARSER_ERROR', String((error as Error).message));
  }
}

function partsOf(text: string, delimiter: string): Map<string, string> {
  const parts = new Map<string, string>();
  for (const piece of `\r\n${text}`.split(new RegExp(`\\r?\\n${escaped(delimiter)}`)).slice(1)) {
    if (piece.startsWith('--')) break;
    const gap = /\r?\n\r?\n/.exec(piece);
    if (gap === null) continue;
    const head = piece.slice(0, gap.index);
    const name = /\bname="?([^";\r\n]+)"?/i.exec(head)?.[1];
    if (name !== undefined) parts.set(name.toLowerCase(), piece.slice(gap.index + gap[0].length));
  }
  return parts;
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
