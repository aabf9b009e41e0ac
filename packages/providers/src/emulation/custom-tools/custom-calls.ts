import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionChunkChoice,
  ChatCompletionMessageToolCall,
  ToolCallDelta,
} from '@sluice/core/wire'
import type { CustomNames } from './custom-names.ts'
import { InputText } from './input-text.ts'

/** Makes the calls of functions that stand for custom tools into calls of those. */
export class CustomCalls {
  readonly #names: CustomNames
  /** Open inputs of each choice, by the index of their call. */
  readonly #inputs = new Map<number, Map<number, InputText>>()

  constructor(names: CustomNames) {
    this.#names = names
  }

  /** The chunks for one chunk of a stream; the very same where nothing changes. */
  chunks(chunk: ChatCompletionChunk): ChatCompletionChunk[] {
    const ends: ChatCompletionChunkChoice[] = []
    const choices: ChatCompletionChunkChoice[] = []
    let isSame = true
    for (const choice of chunk.choices) {
      const changed = this.#choice(choice)
      if (changed !== choice) isSame = false
      if (changed !== undefined) choices.push(changed)
      const end = this.#end(choice)
      if (end !== undefined) ends.push(end)
    }
    const own = isSame ? [chunk] : choices.length === 0 ? [] : [{ ...chunk, choices }]
    return ends.length === 0 ? own : [{ ...chunk, choices: ends }, ...own]
  }

  /** A whole answer; the very same where nothing changes. */
  completion(completion: ChatCompletion): ChatCompletion {
    let isSame = true
    const choices = completion.choices.map((choice) => {
      const { tool_calls: calls } = choice.message
      const changed = calls?.map((call) => this.#wholeCall(call, choice.finish_reason !== 'length'))
      if (changed === undefined || changed.every((call, at) => call === calls![at])) return choice
      isSame = false
      return { ...choice, message: { ...choice.message, tool_calls: changed } }
    })
    return isSame ? completion : { ...completion, choices }
  }

  /** What a choice says; `undefined` where it is nothing yet. */
  #choice(choice: ChatCompletionChunkChoice): ChatCompletionChunkChoice | undefined {
    const { tool_calls: calls } = choice.delta
    if (calls === undefined) return choice
    const changed = calls.map((call) => this.#call(choice.index, call))
    if (changed.every((call, at) => call === calls[at])) return choice
    const told = changed.filter((call) => call !== undefined)
    const { tool_calls: _calls, ...delta } = choice.delta
    const isSilent =
      told.length === 0 && Object.keys(delta).length === 0 && choice.finish_reason === null
    if (isSilent) return undefined
    return { ...choice, delta: told.length === 0 ? delta : { ...delta, tool_calls: told } }
  }

  #call(choice: number, call: ToolCallDelta): ToolCallDelta | undefined {
    const { index, id, type: _type, function: fn, custom: _custom, ...foreign } = call
    const open = this.#inputs.get(choice)?.get(index)
    if (open !== undefined) {
      const input = open.push(fn?.arguments ?? '')
      return input === '' ? undefined : { index, custom: { input }, ...foreign }
    }
    const name = this.#names.toCustom(fn?.name)
    if (name === undefined) return call
    const reader = new InputText()
    const inputs = this.#inputs.get(choice) ?? new Map<number, InputText>()
    this.#inputs.set(choice, inputs.set(index, reader))
    const input = reader.push(fn?.arguments ?? '')
    return {
      index,
      ...(id === undefined ? {} : { id }),
      type: 'custom',
      custom: { name, input },
      ...foreign,
    }
  }

  /** What is still to be told of the inputs of a choice that ends. */
  #end({
    index,
    finish_reason: finish,
    delta: _delta,
    ...rest
  }: ChatCompletionChunkChoice): ChatCompletionChunkChoice | undefined {
    const inputs = this.#inputs.get(index)
    if (inputs === undefined || finish === null) return undefined
    this.#inputs.delete(index)
    const calls: ToolCallDelta[] = []
    for (const [at, reader] of inputs) {
      const input = reader.end(finish !== 'length')
      if (input !== '') calls.push({ index: at, custom: { input } })
    }
    if (calls.length === 0) return undefined
    return { ...rest, index, delta: { tool_calls: calls }, finish_reason: null }
  }

  #wholeCall(call: ChatCompletionMessageToolCall, isWhole: boolean): ChatCompletionMessageToolCall {
    const name = this.#names.toCustom(call.function?.name)
    if (call.type !== 'function' || name === undefined) return call
    const { function: fn, ...rest } = call
    const reader = new InputText()
    const input = reader.push(fn.arguments) + reader.end(isWhole)
    return { ...rest, type: 'custom', custom: { name, input } }
  }
}
