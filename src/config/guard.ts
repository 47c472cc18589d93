import { inspect } from 'node:util';

const HIDDEN = '[hidden]';

/**
 * Keeps the named properties of an object out of every printed form: console and util.inspect, JSON,
 * string conversion (rule L4). They stay ordinary properties to read. A copy made by spread is not guarded.
 */
export function guardSecrets<T extends object>(object: T, secrets: readonly (keyof T)[]): T {
  const shown = () => ({
    ...object,
    ...Object.fromEntries(secrets.map((key) => [key, object[key] ? HIDDEN : object[key]])),
  });
  const hide = (key: string | symbol, value: () => unknown) =>
    Object.defineProperty(object, key, { value, enumerable: false });
  hide('toJSON', shown);
  hide('toString', () => JSON.stringify(shown()));
  hide(inspect.custom, shown);
  return object;
}
