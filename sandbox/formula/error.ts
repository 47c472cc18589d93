/** Why a formula cannot be compiled, in the words of Salesforce's formula editor. */
export class FormulaError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'FormulaError';
  }
}
