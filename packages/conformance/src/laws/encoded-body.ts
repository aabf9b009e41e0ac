import type { EncodedUnderTest } from './provider-subject.ts'

/** The body that an encoded request stands for, as JSON. */
export function encodedBody(
  params: Readonly<Record<string, unknown>>,
  encoded: EncodedUnderTest,
): unknown {
  if (encoded.patch === undefined) return JSON.parse(JSON.stringify(encoded.body))
  const { set, unset } = encoded.patch
  const body = Object.entries({ ...params, ...set }).filter(([name]) => !unset.includes(name))
  return JSON.parse(JSON.stringify(Object.fromEntries(body)))
}
