import type {
  ChatCompletion,
  ChatCompletionChoice,
  ChatCompletionChunk,
  ChatCompletionMessage,
  ChatCompletionMessageToolCall,
  ChoiceLogprobs,
  FinishReason,
  TokenLogprob,
  ToolCallDelta,
} from '@sluice/core/wire'

interface GrowingChoice {
  index: number
  message: ChatCompletionMessage
  calls: Map<number, ChatCompletionMessageToolCall>
  finish: FinishReason | undefined
  logprobs: { content: TokenLogprob[] | null; refusal: TokenLogprob[] | null } | null
  extra: Record<string, unknown>
}

/**
 * Puts the chunks of one answer together again: all choices, tool calls, log probabilities,
 * refusals, annotations, usage, and vendors' own fields.
 */
export class CompletionAccumulator {
  readonly #choices = new Map<number, GrowingChoice>()
  #head: Record<string, unknown> | undefined
  #usage: ChatCompletion['usage']

  add(chunk: ChatCompletionChunk): void {
    const { choices, usage, object: _object, ...head } = chunk
    this.#head = this.#head === undefined ? head : { ...head, ...this.#head }
    if (usage !== undefined && usage !== null) this.#usage = usage
    for (const choice of choices) this.#addChoice(choice)
  }

  /** Whether every choice that began has its finish reason. */
  get isComplete(): boolean {
    return (
      this.#choices.size > 0 &&
      [...this.#choices.values()].every((choice) => choice.finish !== undefined)
    )
  }

  /** The whole answer so far. A choice without a finish reason counts as stopped. */
  result(): ChatCompletion {
    const choices = [...this.#choices.values()].sort((a, b) => a.index - b.index).map(toChoice)
    const { id, created, model, ...rest } = (this.#head ?? {}) as Pick<
      ChatCompletion,
      'id' | 'created' | 'model'
    >
    return {
      id: id ?? '',
      object: 'chat.completion',
      created: created ?? 0,
      model: model ?? '',
      ...rest,
      choices,
      ...(this.#usage === undefined ? {} : { usage: this.#usage }),
    }
  }

  #addChoice({
    index,
    delta,
    finish_reason: finish,
    logprobs,
    ...extra
  }: ChatCompletionChunk['choices'][number]): void {
    let choice = this.#choices.get(index)
    if (choice === undefined) {
      const message: ChatCompletionMessage = { role: 'assistant', content: null, refusal: null }
      choice = { index, message, calls: new Map(), finish: undefined, logprobs: null, extra: {} }
      this.#choices.set(index, choice)
    }
    // Not by assignment, to which `__proto__` is no name like another.
    choice.extra = { ...choice.extra, ...extra }
    if (finish !== null && finish !== undefined) choice.finish = finish
    if (logprobs !== null && logprobs !== undefined)
      choice.logprobs = addLogprobs(choice.logprobs, logprobs)
    const { role: _role, tool_calls: calls, annotations, ...fields } = delta
    for (const [name, value] of Object.entries(fields)) {
      if (value === null || value === undefined || name === '__proto__') continue
      const before = choice.message[name]
      if (name === 'function_call') choice.message[name] = grownFunction(before, value)
      // Text and lists grow; whatever else a vendor puts into a delta is taken as said last.
      else if (typeof value === 'string' && typeof before === 'string')
        choice.message[name] = before + value
      else
        choice.message[name] =
          Array.isArray(value) && Array.isArray(before) ? [...before, ...value] : value
    }
    if (annotations !== undefined && annotations !== null) {
      choice.message.annotations = [...(choice.message.annotations ?? []), ...annotations]
    }
    for (const call of calls ?? []) {
      const { index: at, id, type: _type, function: fn, custom, ...foreign } = call
      const known = choice.calls.get(at)
      if (custom !== undefined && fn === undefined) {
        choice.calls.set(at, joinCustom(known, id, custom, foreign))
        continue
      }
      if (known?.function === undefined) {
        choice.calls.set(at, {
          id: id ?? '',
          type: 'function',
          function: { name: fn?.name ?? '', arguments: fn?.arguments ?? '' },
          ...foreign,
        })
      } else {
        known.function.name += fn?.name ?? ''
        known.function.arguments += fn?.arguments ?? ''
        // A spread, because a vendor's own member may be called `__proto__`.
        if (Object.keys(foreign).length > 0) choice.calls.set(at, { ...known, ...foreign })
      }
    }
  }
}

/** A call of a tool whose input is a text of any form. */
function joinCustom(
  known: ChatCompletionMessageToolCall | undefined,
  id: string | undefined,
  custom: NonNullable<ToolCallDelta['custom']>,
  foreign: Readonly<Record<string, unknown>>,
): ChatCompletionMessageToolCall {
  const before = known?.custom
  const input = (before?.input ?? '') + (custom.input ?? '')
  const joined = { name: '', ...before, ...custom, input }
  const { function: _function, ...own } = known ?? {}
  return { ...own, id: known?.id ?? id ?? '', type: 'custom', ...foreign, custom: joined }
}

function toChoice(choice: GrowingChoice): ChatCompletionChoice {
  const { message } = choice
  if (choice.calls.size > 0) {
    message.tool_calls = [...choice.calls.entries()]
      .sort(([a], [b]) => a - b)
      .map(([, call]) => call)
    // With calls and no words OpenAI says null.
    if (message.content === '') message.content = null
  } else if (message.content === null && message.refusal === null) message.content = ''
  return {
    index: choice.index,
    message,
    finish_reason: choice.finish ?? 'stop',
    logprobs: choice.logprobs,
    ...choice.extra,
  }
}

/** A call in the form that came before tool calls: its name once, its arguments piece by piece. */
function grownFunction(before: unknown, more: unknown): { name: string; arguments: string } {
  const { name, arguments: input } = { name: '', arguments: '', ...(before as object | undefined) }
  const said = more as { readonly name?: string; readonly arguments?: string }
  return { name: name === '' ? (said.name ?? '') : name, arguments: input + (said.arguments ?? '') }
}

function addLogprobs(
  before: GrowingChoice['logprobs'],
  more: ChoiceLogprobs,
): NonNullable<GrowingChoice['logprobs']> {
  const join = (
    a: TokenLogprob[] | null | undefined,
    b: readonly TokenLogprob[] | null | undefined,
  ) => (!Array.isArray(b) ? (a ?? null) : [...(a ?? []), ...b])
  return {
    content: join(before?.content, more.content),
    refusal: join(before?.refusal, more.refusal),
  }
}
