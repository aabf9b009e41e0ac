import { isObject, textOf } from './json.ts'
import type { ThinkingBlock } from './wire.ts'

/**
 * What models thought before their tool calls, kept for clients that send back no more of an answer
 * than its words and calls. The vendor gives better answers, and with a thinking budget only
 * answers at all, where it finds its own signed thoughts in front of the calls.
 *
 * The vendor's call ids name the thoughts: they are random, so that nobody gets at another client's
 * thoughts without having had its answer, and thoughts only ever go back to the vendor that signed
 * them. What has been forgotten, or was said to another process, is merely not sent.
 */
export interface ThinkingMemory {
  remember(callIds: readonly string[], blocks: readonly ThinkingBlock[]): void
  recall(callIds: readonly string[]): readonly ThinkingBlock[]
}

/** What the memory of a provider holds at most. */
export interface ThinkingMemoryLimits {
  /** @defaultValue 10_000 calls */
  readonly calls?: number
  /** Thoughts, signatures and ids together. @defaultValue 64 Mi characters */
  readonly characters?: number
}

/** A memory that forgets what was used longest ago. */
export function createThinkingMemory(limits: ThinkingMemoryLimits = {}): ThinkingMemory {
  const maxCalls = limits.calls ?? 10_000
  const maxCharacters = limits.characters ?? 64 * 1024 * 1024
  const entries = new Map<
    string,
    { readonly blocks: readonly ThinkingBlock[]; readonly size: number }
  >()
  let characters = 0

  function forget(id: string): void {
    characters -= entries.get(id)?.size ?? 0
    entries.delete(id)
  }

  return {
    remember(callIds, blocks) {
      if (callIds.length === 0 || blocks.length === 0) return
      // Several calls of one answer share its thoughts, and their weight.
      const weight = Math.ceil(
        blocks.reduce((sum, block) => sum + sizeOf(block), 0) / callIds.length,
      )
      for (const id of callIds) {
        forget(id)
        entries.set(id, { blocks, size: weight + id.length })
        characters += weight + id.length
      }
      for (const oldest of entries.keys()) {
        if (entries.size <= maxCalls && characters <= maxCharacters) break
        forget(oldest)
      }
    },
    recall(callIds) {
      for (const id of callIds) {
        const entry = entries.get(id)
        if (entry === undefined) continue
        entries.delete(id)
        entries.set(id, entry)
        return entry.blocks
      }
      return []
    },
  }
}

/**
 * Thinking blocks in what a client sends back, with nothing but what the vendor gave; unsigned ones
 * are left out, since the vendor refuses them.
 */
export function thinkingBlocksOf(value: unknown): ThinkingBlock[] {
  if (!Array.isArray(value)) return []
  const blocks: ThinkingBlock[] = []
  for (const block of value as unknown[]) {
    if (!isObject(block)) continue
    const signature = textOf(block['signature'])
    const data = textOf(block['data'])
    if (block['type'] === 'thinking' && signature !== undefined) {
      blocks.push({ type: 'thinking', thinking: textOf(block['thinking']) ?? '', signature })
    } else if (block['type'] === 'redacted_thinking' && data !== undefined)
      blocks.push({ type: 'redacted_thinking', data })
  }
  return blocks
}

function sizeOf(block: ThinkingBlock): number {
  return block.type === 'thinking'
    ? block.thinking.length + block.signature.length
    : block.data.length
}
