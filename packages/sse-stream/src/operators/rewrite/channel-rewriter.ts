import type {
  ChatCompletionChunkChoice,
  ChatCompletionDelta,
  ToolCallDelta,
} from '@sluice/core/wire'
import type { ChoiceRewriter } from './response-rewriter.ts'
import type { EventFilters } from '../../response-form/event-filter.ts'
import type { TextFilter } from '../../response-form/text-filter.ts'
import { JsonProgress } from './json-progress.ts'

/**
 * What is done with the channels of an answer: text, thoughts, refusals, and the arguments of each
 * tool call.
 */
export interface ChannelFilters extends EventFilters {
  /**
   * Whether structured fields that are no part of OpenAI's delta are kept; nobody knows how text
   * grows in them.
   */
  readonly keepsForeign: boolean
}

/** Fields in which vLLM and others spell the text out as tokens. */
const SPELLED: ReadonlySet<string> = new Set(['token_ids', 'prompt_token_ids', 'prompt_logprobs'])

/** An object without the fields that spell its text out; the same where it has none. */
export function withoutSpelled<T extends object>(value: T): T {
  if (!Object.keys(value).some((field) => SPELLED.has(field))) return value
  return Object.fromEntries(Object.entries(value).filter(([field]) => !SPELLED.has(field))) as T
}

interface Channel {
  readonly filter: TextFilter
  readonly progress: JsonProgress | undefined
  readonly toDelta: (text: string) => ChatCompletionDelta
}

/** Filters each channel of a choice by itself. */
export class ChannelRewriter implements ChoiceRewriter {
  readonly #index: number
  readonly #filters: ChannelFilters
  readonly #channels = new Map<string, Channel>()

  constructor(index: number, filters: ChannelFilters) {
    this.#index = index
    this.#filters = filters
  }

  next(choice: ChatCompletionChunkChoice): readonly ChatCompletionChunkChoice[] {
    const { index, delta, finish_reason: reason, logprobs, ...extra } = choice
    const keepsLogprobs = this.#filters.keepsLogprobs || logprobs === undefined || logprobs === null
    const filtered = this.#delta(delta)
    const others = Object.keys(extra).length === 0 ? extra : this.#beside(extra)
    if (keepsLogprobs && filtered === delta && others === extra) return [choice]
    const isEmpty = Object.keys(filtered).length === 0 && Object.keys(extra).length === 0
    if (isEmpty && Object.keys(delta).length > 0 && (!keepsLogprobs || !logprobs)) return []
    return [
      {
        ...others,
        index,
        delta: filtered,
        ...(logprobs === undefined ? {} : { logprobs: keepsLogprobs ? logprobs : null }),
        finish_reason: reason,
      },
    ]
  }

  end(): readonly ChatCompletionChunkChoice[] {
    const choices: ChatCompletionChunkChoice[] = []
    for (const { filter, toDelta } of this.#channels.values()) {
      const text = filter.end()
      if (text !== '')
        choices.push({ index: this.#index, delta: toDelta(text), finish_reason: null })
    }
    return choices
  }

  /** What stands in a choice beside its delta. */
  #beside<T extends object>(extra: T): T {
    return this.#filters.whole(this.#filters.keepsLogprobs ? extra : withoutSpelled(extra)) as T
  }

  #delta(delta: ChatCompletionDelta): ChatCompletionDelta {
    let isChanged = false
    const filtered: ChatCompletionDelta = {}
    for (const [field, value] of Object.entries(delta)) {
      if (field === '__proto__') continue
      const after = this.#field(field, value)
      isChanged ||= after !== value
      // A text of which nothing can leave yet is left out; an empty one was meant to be there.
      if (after !== undefined && !(after === '' && value !== '')) filtered[field] = after
    }
    return isChanged ? filtered : delta
  }

  #field(field: string, value: unknown): unknown {
    if (field === 'role' || value === null || value === undefined) return value
    if (typeof value === 'string')
      return this.#push('text', field, value, (text) => ({ [field]: text }))
    if (field === 'tool_calls') return this.#toolCalls(value as ToolCallDelta[])
    if (field === 'function_call') return this.#functionCall(value)
    if (field === 'annotations' || typeof value !== 'object') return this.#filters.whole(value)
    return this.#filters.keepsForeign ? value : undefined
  }

  #toolCalls(calls: ToolCallDelta[]): ToolCallDelta[] | undefined {
    const filtered = calls.map((call) => this.#toolCall(call))
    if (filtered.every((call, at) => call === calls[at])) return calls
    const saying = filtered.filter((call) => call !== undefined)
    return saying.length === 0 ? undefined : saying
  }

  #toolCall(call: ToolCallDelta): ToolCallDelta | undefined {
    const { index, id, type, function: fn, custom: input, ...extra } = call
    const toDelta = (text: string) => ({ tool_calls: [{ index, function: { arguments: text } }] })
    const after = fn === undefined ? undefined : this.#call(`call:${index}`, fn, toDelta)
    const custom = typeof input === 'object' && input !== null ? this.#custom(index, input) : input
    const others =
      Object.keys(extra).length === 0 ? extra : (this.#filters.whole(extra) as typeof extra)
    if (after === fn && custom === input && others === extra) return call
    const isEmpty =
      id === undefined &&
      type === undefined &&
      Object.keys(extra).length === 0 &&
      input === undefined
    if (isEmpty && after?.name === undefined && after?.arguments === '' && fn?.arguments !== '')
      return undefined
    return {
      index,
      ...(id === undefined ? {} : { id }),
      ...(type === undefined ? {} : { type }),
      ...(after === undefined ? {} : { function: after }),
      ...(custom === undefined ? {} : { custom }),
      ...others,
    }
  }

  /** A tool whose input is a text of any form. */
  #custom(index: number, custom: { readonly input?: unknown }): object {
    const { input, ...rest } = custom
    const toDelta = (text: string) => ({ tool_calls: [{ index, custom: { input: text } }] })
    const after =
      typeof input === 'string' ? this.#push('text', `custom:${index}`, input, toDelta) : input
    const others = this.#filters.whole(rest) as object
    if (after === input && others === rest) return custom
    return { ...others, ...(after === undefined ? {} : { input: after }) }
  }

  /** The one function call of old, which later became a list of tool calls. */
  #functionCall(fn: object): object {
    return this.#call('function_call', fn, (text) => ({ function_call: { arguments: text } }))
  }

  #call<Part extends { name?: string; arguments?: string }>(
    key: string,
    fn: Part,
    toDelta: (text: string) => ChatCompletionDelta,
  ): Part {
    const { name, arguments: text } = fn
    const nameAfter = name === undefined ? undefined : (this.#filters.whole(name) as string)
    const textAfter = text === undefined ? undefined : this.#push('json', key, text, toDelta)
    if (nameAfter === name && textAfter === text) return fn
    return {
      ...fn,
      ...(nameAfter === undefined ? {} : { name: nameAfter }),
      ...(textAfter === undefined ? {} : { arguments: textAfter }),
    }
  }

  #push(
    kind: 'text' | 'json',
    key: string,
    text: string,
    toDelta: (text: string) => ChatCompletionDelta,
  ): string {
    let channel = this.#channels.get(key)
    if (channel === undefined) {
      channel = {
        filter: this.#filters[kind](),
        progress: kind === 'json' ? new JsonProgress() : undefined,
        toDelta,
      }
      this.#channels.set(key, channel)
    }
    const { filter, progress } = channel
    const out = filter.push(text)
    progress?.push(text)
    // Nothing follows arguments that are complete, and a client may run the call as soon as it sees
    // the next one.
    return progress?.isComplete === true ? out + filter.end() : out
  }
}
