/** The action ends `failed`: with Salesforce's own code and message, or with ours, which goes to its row only. */
export class ActionRefused extends Error {
  override name = 'ActionRefused';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Salesforce could not do it just now, for a lock or load of its own; it is tried again by itself. */
export class ActionHeld extends Error {
  override name = 'ActionHeld';
  readonly isPublic = true;
  readonly code: string;
  /** Salesforce's own message, for the row only. */
  readonly said: string;

  constructor(code: string, said: string) {
    super(`It could not be done just now (${code}); it is tried again by itself.`);
    this.code = code;
    this.said = said;
  }
}
