/**
 * The part of a test runner that the laws use. vitest, `node:test`, jest and mocha (as `{ test: it,
 * describe }`) all have it.
 */
export interface LawRunner {
  test(name: string, body: () => void | Promise<void>): unknown
  /** Where it is absent the names of the laws begin with what they are about. */
  describe?(name: string, body: () => void): unknown
}

/** Registers a group of laws, with or without a `describe` to put it in. */
export function inGroup(
  runner: LawRunner,
  group: string,
  register: (test: LawRunner['test']) => void,
): void {
  if (runner.describe !== undefined)
    runner.describe(group, () => register((name, body) => runner.test(name, body)))
  else register((name, body) => runner.test(`${group}: ${name}`, body))
}
