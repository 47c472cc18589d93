/** A benchmark that could not measure what it should. The message is for the person at the terminal. */
export class BenchmarkFailed extends Error {
  override readonly name = 'BenchmarkFailed';
}
