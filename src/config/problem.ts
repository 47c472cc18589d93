/** Everything that is wrong with the configuration, at once. Its text holds names and places, never a value. */
export class ConfigError extends Error {
  readonly isPublic = true;
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      problems.length === 1
        ? problems[0]!
        : `The configuration has ${problems.length} problems:\n${problems.map((text) => `- ${text}`).join('\n')}`,
    );
    this.name = 'ConfigError';
    this.problems = problems;
  }
}
