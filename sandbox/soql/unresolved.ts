export type Failure =
  | { kind: 'field'; entity: string; name: string }
  | { kind: 'relationship'; name: string }
  | { kind: 'levels' }
  | { kind: 'relationships' };

/** A path that leads nowhere: to no field the user can see, or through no relationship. */
export class Unresolved extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.kind);
    this.name = 'Unresolved';
    this.failure = failure;
  }
}
