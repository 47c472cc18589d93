/** Parameters and table aliases, one numbering for a whole statement with its inner queries. */
export class Numbers {
  readonly params: unknown[] = [];
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
