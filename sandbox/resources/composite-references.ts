import { noValueForReference } from './composite-failures.ts';

/** Answers so far, by referenceId: parsed JSON, or undefined for one that failed. */
export interface Answers {
  byId: Map<string, unknown>;
  /** A field that is there and null stands for null (52.0 and later); before, it is as good as missing. */
  nullsCount: boolean;
}

const REFERENCE = /@\{([^}]*)\}/g;

/** Puts values for each `@{ref.path}` in a URL, percent-encoded. Throws PROCESSING_HALTED. */
export function fillUrl(url: string, answers: Answers): string {
  return url.replace(REFERENCE, (_, path: string) =>
    encodeURIComponent(textAt(path, { ...answers, nullsCount: false })),
  );
}

/** Puts values for each `@{ref.path}` in the texts and keys of a body. Throws PROCESSING_HALTED. */
export function fillBody(body: unknown, answers: Answers): unknown {
  if (typeof body === 'string') return fillText(body, answers);
  if (Array.isArray(body)) return body.map((item) => fillBody(item, answers));
  if (typeof body !== 'object' || body === null) return body;
  return Object.fromEntries(
    Object.entries(body).map(([key, value]) => [key, fillBody(value, answers)]),
  );
}

/** The referenceIds that a text refers to. */
export function referencesIn(text: string): Set<string> {
  return new Set([...text.matchAll(REFERENCE)].map(([, path = '']) => nameIn(path)));
}

const nameIn = (path: string) => /^\w*/.exec(path)?.[0] ?? '';

/** A text that is nothing but a reference becomes the value with its type. */
function fillText(text: string, answers: Answers): unknown {
  const whole = /^@\{([^}]*)\}$/.exec(text)?.[1];
  if (whole !== undefined) return valueAt(whole, answers);
  return text.replace(REFERENCE, (_, path: string) => textAt(path, answers));
}

const textAt = (path: string, answers: Answers) => String(valueAt(path, answers) ?? '');

function valueAt(path: string, { byId, nullsCount }: Answers): unknown {
  const [name = '', ...steps] = path.replaceAll(/\[(\d+)\]/g, '.$1').split('.');
  let value = byId.get(name);
  for (const step of steps) {
    const isKnown = typeof value === 'object' && value !== null && Object.hasOwn(value, step);
    value = isKnown ? (value as Record<string, unknown>)[step] : undefined;
  }
  const isScalar = typeof value !== 'object' || (value === null && nullsCount);
  if (value === undefined || !isScalar || steps.length === 0)
    throw noValueForReference(path, nameIn(path));
  return value;
}
