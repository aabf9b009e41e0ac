import type { Annotation } from '@sluice/core/wire'
import type { ChatDelta, VendorDelta } from '@sluice/sse-stream/internal'
import type { AiSdkPart } from './ai-sdk-model.ts'
import { decodeFinish, isFailure } from './finish-reason.ts'
import { decodeUsage } from './decode-usage.ts'
import { modelError } from './model-error.ts'

/** A part as anything that it may be. */
type Said = AiSdkPart & {
  readonly id?: string
  readonly delta?: string
  readonly text?: string
  readonly toolCallId?: string
  readonly toolName?: string
  readonly input?: unknown
  readonly providerExecuted?: boolean
  readonly url?: string
  readonly title?: string
  readonly modelId?: string
  readonly timestamp?: Date
  readonly finishReason?: unknown
  readonly usage?: unknown
  readonly error?: unknown
}

/**
 * Reads the parts of one answer, streamed or whole. Calls that the provider itself has run, files
 * that it made and unknown parts say nothing to the client.
 */
export class PartDecoder {
  /** Calls that have been begun, and whether any of their arguments have come. */
  readonly #begun = new Map<string, boolean>()
  readonly #executed = new Set<string>()

  decode(part: AiSdkPart): ChatDelta | undefined {
    const said = part as Said
    switch (said.type) {
      case 'text':
        return gained({ content: said.text ?? '' })
      case 'text-delta':
        return gained({ content: said.delta ?? '' })
      case 'reasoning':
        return gained({ reasoning_content: said.text ?? '' })
      case 'reasoning-delta':
        return gained({ reasoning_content: said.delta ?? '' })
      case 'tool-input-start':
        return this.#begin(said)
      case 'tool-input-delta':
        return this.#argue(said.id ?? '', said.delta ?? '')
      case 'tool-call':
        return this.#call(said)
      case 'source':
        return said.url === undefined
          ? undefined
          : gained({ annotations: [citation(said.url, said.title)] })
      case 'response-metadata':
        return envelope(said)
      case 'finish':
        return finish(said)
      case 'error':
        return { error: modelError(said.error) }
      default:
        return undefined
    }
  }

  #begin({ id = '', toolName = '', providerExecuted }: Said): ChatDelta | undefined {
    if (providerExecuted === true) {
      this.#executed.add(id)
      return undefined
    }
    this.#begun.set(id, false)
    return called(id, { id, function: { name: toolName, arguments: '' } })
  }

  #argue(id: string, text: string): ChatDelta | undefined {
    if (this.#executed.has(id) || text === '') return undefined
    this.#begun.set(id, true)
    return called(id, { function: { arguments: text } })
  }

  /**
   * The whole call; where it was streamed before, all of it has been said, unless no arguments
   * came.
   */
  #call({
    toolCallId: id = '',
    toolName = '',
    input,
    providerExecuted,
  }: Said): ChatDelta | undefined {
    if (providerExecuted === true || this.#executed.has(id) || this.#begun.get(id) === true)
      return undefined
    this.#begun.set(id, true)
    return called(id, { id, function: { name: toolName, arguments: inputText(input) } })
  }
}

/** A call's input, which some providers give as the object itself. */
function inputText(input: unknown): string {
  if (typeof input === 'string') return input
  return input === undefined || input === null ? '' : JSON.stringify(input)
}

function gained(delta: VendorDelta): ChatDelta {
  return { delta }
}

function called(index: string, call: object): ChatDelta {
  return { delta: { tool_calls: [{ index, ...call }] } }
}

function citation(url: string, title = ''): Annotation {
  return { type: 'url_citation', url_citation: { start_index: 0, end_index: 0, title, url } }
}

function envelope({ id, modelId, timestamp }: Said): ChatDelta {
  return {
    ...(id === undefined ? {} : { id }),
    ...(modelId === undefined ? {} : { model: modelId }),
    ...(timestamp === undefined ? {} : { created: timestamp.getTime() / 1000 }),
  }
}

function finish({ finishReason, usage }: Said): ChatDelta {
  const counted = decodeUsage(usage)
  if (isFailure(finishReason))
    return { error: modelError(undefined), ...(counted === undefined ? {} : { usage: counted }) }
  return {
    ...decodeFinish(finishReason),
    ...(counted === undefined ? {} : { usage: counted }),
    end: true,
  }
}
