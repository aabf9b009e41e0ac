import assert from 'node:assert/strict'

/** Stands in a golden file for a value that differs from run to run. */
const ANY = '<any>'

/** Asserts that a value is, as JSON, what a golden file says. */
export function assertGolden(actual: unknown, golden: unknown, what: string): void {
  const plain: unknown = actual === undefined ? undefined : JSON.parse(JSON.stringify(actual))
  assert.deepStrictEqual(mask(plain, golden), golden, what)
}

function mask(actual: unknown, golden: unknown): unknown {
  if (golden === ANY && actual !== undefined) return ANY
  if (Array.isArray(actual) && Array.isArray(golden))
    return actual.map((value, at) => mask(value, golden[at]))
  if (!isRecord(actual) || !isRecord(golden)) return actual
  return Object.fromEntries(
    Object.entries(actual).map(([name, value]) => [name, mask(value, golden[name])]),
  )
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
