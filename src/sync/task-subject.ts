/** The length of a task's subject in Salesforce. */
const LONGEST = 255;

/** The subject that a template gives for an activity; what has no value leaves no gap (H2). */
export function taskSubject(
  template: string,
  attributes: Readonly<Record<string, unknown>>,
): string {
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = attributes[name];
    return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : '';
  });
  return filled.replace(/\s+/g, ' ').trim().slice(0, LONGEST).trim();
}
