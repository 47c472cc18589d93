/** tandem.yaml gives a field a column that it cannot have (C4). The message names fields and columns only. */
export class FieldMapRefused extends Error {
  override name = 'FieldMapRefused';
  readonly isPublic = true;
}
