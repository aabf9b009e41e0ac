import { seededRandom } from '../fuzzing/seeded-random.ts'

/** A vector of length 1 that is the same for the same input, and another for another. */
export function fakeEmbedding(input: string, dimensions: number): number[] {
  let hash = 0x811c9dc5
  for (const character of input) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193)
  const random = seededRandom(hash)
  // 32-bit numbers, so that base64 and JSON say the same.
  const vector = Float32Array.from({ length: dimensions }, () => random() * 2 - 1)
  const length = Math.hypot(...vector)
  return Array.from(vector, (value) => Math.fround(value / length))
}
