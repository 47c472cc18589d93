/** Parameters, table aliases and relationships, one numbering for a whole statement with its inner queries. */
export class Numbers {
  readonly params: unknown[] = [];
  /** To parents, that the statement goes through. */
  relationships = 0;
  #aliases = 0;

  bind(value: unknown): string {
    this.params.push(value);
    return `$${this.params.length}`;
  }

  alias(): string {
    this.#aliases += 1;
    return `t${this.#aliases - 1}`;
  }
}
