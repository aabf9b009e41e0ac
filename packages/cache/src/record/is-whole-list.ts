import type { Call } from '@sluice/core'

const EMPTY = /"(?:embedding|data|results)":\s*(?:\[\s*\]|""|null)|"error":\s*[{"]/
/** A vector with a hole: what could not be computed, as JSON has no other word for it. */
const HOLE = /[[,]\s*null\b/

/**
 * Whether the answer to a call for embeddings or moderations has what was asked for: a vector
 * without holes for each input, or a verdict. Looks at the text, because parsing thousands of
 * floats would cost more than all else.
 */
export function isWholeList({ operation, params }: Call, bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const words = text.toString('latin1')
  if (EMPTY.test(words)) return false
  if (operation !== 'embeddings') return text.includes('"results"')
  return (
    countOf(text, '"embedding":') + countOf(text, '"embedding" :') === inputsOf(params) &&
    !HOLE.test(words)
  )
}

function countOf(text: Buffer, word: string): number {
  let count = 0
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) count++
  return count
}

/** A list of token ids is one input. */
function inputsOf(params: Call['params']): number {
  const { input } = params as { readonly input?: unknown }
  return Array.isArray(input) && typeof input[0] !== 'number' ? input.length : 1
}
