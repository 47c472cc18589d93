/** The config of this worker has no connection of that name. */
export class ConnectionUnknown extends Error {
  override name = 'ConnectionUnknown';
  readonly isPublic = true;

  constructor(connection: string, known: string[]) {
    super(
      `This worker's config has no connection "${connection}"; it has ${known.join(', ')}. ` +
        'Add it to tandem.yaml and start the worker again, then resume the connection.',
    );
  }
}

/** Salesforce lost the Bulk job of a load, or it fits the fields no more; the next try makes another. */
export class JobMadeAgain extends Error {
  override name = 'JobMadeAgain';
  readonly isPublic = true;

  constructor(object: string, cause: unknown) {
    super(`The Bulk job of ${object} is of no use any more; another is made by itself.`, { cause });
  }
}

/** The configured share of the org's daily API calls is used (M1). */
export class BudgetSpent extends Error {
  override name = 'BudgetSpent';
  readonly isPublic = true;
  readonly resumeAt: Date;

  constructor(reason: string, resumeAt: Date) {
    super(reason);
    this.resumeAt = resumeAt;
  }
}
