import type { ChatCompletionMessageParam } from '@sluice/core/wire'
import type { AiSdkLanguageModel } from './ai-sdk-model.ts'
import { encodePart } from './encode-part.ts'

type Version = AiSdkLanguageModel['specificationVersion']

/** A conversation in the SDK's terms, and what of it has no place there. */
export interface EncodedPrompt {
  readonly prompt: readonly object[]
  readonly drops: readonly string[]
}

/**
 * Writes a conversation as the SDK's prompt: tool results side by side are one message there, and
 * call arguments are values instead of text.
 */
export function encodePrompt(
  messages: readonly ChatCompletionMessageParam[],
  version: Version,
): EncodedPrompt {
  const encoder = new PromptEncoder(version)
  for (const message of messages) encoder.add(message)
  return { prompt: encoder.prompt, drops: [...encoder.drops] }
}

class PromptEncoder {
  readonly prompt: { readonly role: string; readonly content: unknown }[] = []
  readonly drops = new Set<string>()
  readonly #version: Version
  readonly #toolNames = new Map<string, string>()

  constructor(version: Version) {
    this.#version = version
  }

  add(message: ChatCompletionMessageParam): void {
    switch (message.role) {
      case 'system':
      case 'developer':
        this.prompt.push({ role: 'system', content: this.#text(message.content) })
        return
      case 'assistant':
        this.#add('assistant', this.#assistantParts(message))
        return
      case 'tool':
      case 'function':
        this.#toolResult(message)
        return
      default:
        this.#add('user', this.#parts(message.content))
    }
  }

  /** A message without content is none; some vendors refuse it. */
  #add(role: string, content: readonly object[]): void {
    if (content.length > 0) this.prompt.push({ role, content })
  }

  #parts(content: ChatCompletionMessageParam['content']): object[] {
    if (content === null || content === undefined) return []
    if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }]
    return content.flatMap((part) => {
      const encoded = encodePart(part, this.#version)
      if (encoded === undefined) this.drops.add('messages.content')
      return encoded ?? []
    })
  }

  #text(content: ChatCompletionMessageParam['content']): string {
    const texts = this.#parts(content).map((part) => (part as { text?: string }).text)
    if (texts.includes(undefined)) this.drops.add('messages.content')
    return texts.join('')
  }

  #assistantParts(message: ChatCompletionMessageParam): object[] {
    const thoughts = message.reasoning_content
    const isThought = typeof thoughts === 'string' && thoughts !== ''
    const calls = (message.tool_calls ?? []).flatMap(({ id, function: fn }) => {
      if (fn === undefined) return []
      this.#toolNames.set(id, fn.name)
      return [
        { type: 'tool-call', toolCallId: id, toolName: fn.name, input: valueOf(fn.arguments) },
      ]
    })
    return [
      ...(isThought ? [{ type: 'reasoning', text: thoughts }] : []),
      ...this.#parts(message.content),
      ...calls,
    ]
  }

  #toolResult(message: ChatCompletionMessageParam): void {
    const id = message.tool_call_id ?? message.name ?? ''
    const part = {
      type: 'tool-result',
      toolCallId: id,
      toolName: this.#toolNames.get(id) ?? message.name ?? id,
      output: { type: 'text', value: this.#text(message.content) },
    }
    const last = this.prompt.at(-1)
    if (last?.role === 'tool') (last.content as object[]).push(part)
    else this.prompt.push({ role: 'tool', content: [part] })
  }
}

/** Arguments that are not JSON stay the text that they are. */
function valueOf(text: string): unknown {
  try {
    return text === '' ? {} : (JSON.parse(text) as unknown)
  } catch {
    return text
  }
}
