import { joinLogprobs } from '../../response-form/completion-form.ts'
import type {
  ChatCompletionChunk,
  ChatCompletionChunkChoice,
  ChatCompletionDelta,
  ToolCallDelta,
} from '@sluice/core/wire'

const TEXT_FIELDS: ReadonlySet<string> = new Set(['content', 'reasoning_content', 'refusal'])
const CHOICE_FIELDS: ReadonlySet<string> = new Set(['index', 'delta', 'finish_reason', 'logprobs'])

/**
 * Fewer chunks that say the same: neighbours that speak of the same choice become one. What cannot
 * be added up stays apart, such as fields of a vendor's own.
 */
export function mergeChunks(chunks: readonly ChatCompletionChunk[]): ChatCompletionChunk[] {
  const merged: ChatCompletionChunk[] = []
  for (const chunk of chunks) {
    const before = merged.at(-1)
    const both = before === undefined ? undefined : mergeTwo(before, chunk)
    if (both === undefined) merged.push(chunk)
    else merged[merged.length - 1] = both
  }
  return merged
}

function mergeTwo(
  before: ChatCompletionChunk,
  after: ChatCompletionChunk,
): ChatCompletionChunk | undefined {
  const [a] = before.choices
  const [b] = after.choices
  if (before.choices.length !== 1 || after.choices.length !== 1 || before.id !== after.id)
    return undefined
  if (a!.index !== b!.index || a!.finish_reason || !isPlain(a!) || !isPlain(b!)) return undefined
  const { role, ...rest } = a!.delta
  const delta: ChatCompletionDelta = { ...(role === undefined ? {} : { role }), ...rest }
  for (const [field, value] of Object.entries(b!.delta)) {
    if (field === 'tool_calls')
      delta.tool_calls = mergeCalls(delta.tool_calls ?? [], value as ToolCallDelta[])
    else if (TEXT_FIELDS.has(field))
      delta[field] = add(delta[field] as string | null | undefined, value as string | null)
    else delta[field] ??= value
  }
  return {
    ...before,
    ...after,
    choices: [
      {
        index: a!.index,
        delta,
        ...mergeLogprobs(a!.logprobs, b!.logprobs),
        finish_reason: b!.finish_reason,
      },
    ],
  }
}

function isPlain(choice: ChatCompletionChunkChoice): boolean {
  return (
    Object.keys(choice).every((field) => CHOICE_FIELDS.has(field)) &&
    Object.keys(choice.delta).every(
      (field) => TEXT_FIELDS.has(field) || field === 'role' || field === 'tool_calls',
    )
  )
}

function add(before: string | null | undefined, after: string | null | undefined): string | null {
  if (before === null || before === undefined) return after ?? null
  return before + (after ?? '')
}

function mergeCalls(
  before: readonly ToolCallDelta[],
  after: readonly ToolCallDelta[],
): ToolCallDelta[] {
  const calls = [...before]
  for (const part of after) {
    const at = calls.findIndex((call) => call.index === part.index)
    const known = calls[at]
    if (known === undefined) {
      calls.push(part)
      continue
    }
    const { name, arguments: text } = part.function ?? {}
    if (part['custom'] !== undefined) {
      calls[at] = { ...known, ...part, custom: mergeCustom(known['custom'], part['custom']) }
      continue
    }
    calls[at] = {
      ...known,
      ...part,
      function: {
        ...known.function,
        ...(name === undefined ? {} : { name }),
        ...(text === undefined ? {} : { arguments: (known.function?.arguments ?? '') + text }),
      },
    }
  }
  return calls
}

/** The input of a tool grows; all else of it is said once. */
function mergeCustom(before: unknown, after: unknown): object {
  const [a, b] = [before, after] as readonly ({ readonly input?: string } | null | undefined)[]
  return { ...a, ...b, input: (a?.input ?? '') + (b?.input ?? '') }
}

function mergeLogprobs(
  before: ChatCompletionChunkChoice['logprobs'],
  after: ChatCompletionChunkChoice['logprobs'],
): Pick<ChatCompletionChunkChoice, 'logprobs'> {
  return before === undefined && after === undefined
    ? {}
    : { logprobs: joinLogprobs(before, after) }
}
