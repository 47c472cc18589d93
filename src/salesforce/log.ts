/** The part of pino's logger that is used here: fields first, then the message. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export const silent: Log = { debug() {}, info() {}, warn() {} };
