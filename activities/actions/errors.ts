/** The action ends `failed`: with Salesforce's own code and message, or with ours, which goes to its row only. */
export class ActionRefused extends Error {
  override name = 'ActionRefused';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Salesforce could not do it just now; it is tried again by itself. */
export class ActionHeld extends Error {
  override name = 'ActionHeld';
  readonly isPublic = true;

  constructor(code: string) {
    super(`Salesforce could not do it just now (${code}); it is tried again by itself.`);
  }
}
