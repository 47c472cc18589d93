/** Answers so far, by referenceId: parsed JSON, or undefined for one that failed. */
export type Answers = Map<string, unknown>;

const REFERENCE = /@\{([^}]*)\}/g;

/** A reference that names no value: the subrequest is not run (400 PROCESSING_HALTED). */
export class UnknownReference extends Error {
  constructor(path: string) {
    const name = /^\w*/.exec(path)?.[0] ?? path;
    super(`Invalid reference specified. No value for ${path} found in ${name}`);
    this.name = 'UnknownReference';
  }
}

/** Puts values for each `@{ref.path}` in a URL, percent-encoded. Throws UnknownReference. */
export function fillUrl(url: string, answers: Answers): string {
  return url.replace(REFERENCE, (_, path: string) =>
    encodeURIComponent(String(valueAt(path, answers))),
  );
}

/** Puts values for each `@{ref.path}` in the texts and keys of a body. Throws UnknownReference. */
export function fillBody(body: unknown, answers: Answers): unknown {
  if (typeof body === 'string') return fillText(body, answers);
  if (Array.isArray(body)) return body.map((item) => fillBody(item, answers));
  if (typeof body !== 'object' || body === null) return body;
  return Object.fromEntries(
    Object.entries(body).map(([key, value]) => [key, fillBody(value, answers)]),
  );
}

/** True when the text holds a reference to this referenceId. */
export function refersTo(text: string, referenceId: string): boolean {
  return [...text.matchAll(REFERENCE)].some(
    ([, path = '']) => /^\w*/.exec(path)?.[0] === referenceId,
  );
}

/** A text that is nothing but a reference becomes the value with its type. */
function fillText(text: string, answers: Answers): unknown {
  const whole = /^@\{([^}]*)\}$/.exec(text)?.[1];
  if (whole !== undefined) return valueAt(whole, answers);
  return text.replace(REFERENCE, (_, path: string) => String(valueAt(path, answers)));
}

function valueAt(path: string, answers: Answers): unknown {
  const [name = '', ...steps] = path.replaceAll(/\[(\d+)\]/g, '.$1').split('.');
  let value = answers.get(name);
  for (const step of steps) {
    const isKnown = typeof value === 'object' && value !== null && Object.hasOwn(value, step);
    value = isKnown ? (value as Record<string, unknown>)[step] : undefined;
  }
  if (value === undefined || value === null || steps.length === 0) throw new UnknownReference(path);
  return value;
}
