/** The org's time as Salesforce stamps it: whole seconds. */
export const stampOf = (now: Date) => `${now.toISOString().slice(0, 19)}Z`;
