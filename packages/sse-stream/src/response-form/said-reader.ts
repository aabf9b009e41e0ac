import type { Batch } from '@sluice/core'
import type {
  ContentBlock,
  ChatCompletionChunk,
  ChatCompletionDelta,
  Completion,
  FinishReason,
  Message,
  Response,
  ResponseItem,
} from '@sluice/core/wire'
import { formOfChunk, formOfDocument } from './response-form.ts'
import { completionAsChunk } from './completion-form.ts'
import { ContentReader } from './content-reader.ts'
import { placeKey, textEventOf, textIn, type NamedEvent } from './text-event.ts'

const HEAD = { id: '', object: 'chat.completion.chunk', created: 0, model: '' } as const

/** What the texts of a response are in chat. */
const CHANNELS: ReadonlyMap<string, string> = new Map([
  ['response.output_text', 'content'],
  ['transcript.text', 'content'],
  ['response.refusal', 'refusal'],
  ['response.reasoning_text', 'reasoning_content'],
  ['response.reasoning_summary_text', 'reasoning_content'],
  ['response.reasoning_summary', 'reasoning_content'],
  ['response.reasoning', 'reasoning_content'],
])
const CALL_ARGUMENTS = 'response.function_call_arguments'
/** Where an event says that a text is whole, the text itself stands in one of these. */
const WHOLE_TEXT = ['text', 'refusal', 'arguments'] as const

/**
 * Reads what an answer says as the chunks of a chat, whatever operation it answers: for operators
 * that only look. Chat's own are given as they are.
 */
export class SaidReader {
  readonly #begun = new Set<string>()
  #contents: ContentReader | undefined
  #hasCalls = false

  read(batch: Batch): readonly ChatCompletionChunk[] {
    if (batch.framing === 'binary') return []
    if (batch.framing === 'document') return this.#document(batch)
    const chunks = batch.chunks()
    const [first] = chunks
    if (first === undefined) return []
    const form = formOfChunk(first)
    if (form === 'chat') return chunks as readonly ChatCompletionChunk[]
    if (form === 'completion') return (chunks as readonly Completion[]).map(completionAsChunk)
    if (form === 'content') return chunks.map((chunk) => this.#content(chunk))
    return (chunks as readonly NamedEvent[]).flatMap((event) => this.#event(event))
  }

  #document(batch: Batch): readonly ChatCompletionChunk[] {
    const document = batch.document()
    const form = formOfDocument(document)
    if (form === 'chat') return batch.chunks() as readonly ChatCompletionChunk[]
    if (form === 'completion') return [completionAsChunk(document as Completion)]
    if (form === 'response') return this.#response(document as Response)
    if (form === 'content') return [this.#content(document)]
    if (form === 'message') return this.#message(document as Message)
    return [said({ content: batch.text() }), ended('stop')]
  }

  #content(response: unknown): ChatCompletionChunk {
    return { ...HEAD, choices: (this.#contents ??= new ContentReader()).choices(response) }
  }

  #response(response: Response): ChatCompletionChunk[] {
    const output = Array.isArray(response.output) ? response.output : []
    return [...output.flatMap((item, at) => this.#item(item, at)), ...this.#end(response)]
  }

  #message({ content, stop_reason: reason }: Message): ChatCompletionChunk[] {
    const blocks = Array.isArray(content) ? content : []
    return [
      ...blocks.flatMap((block, at) => this.#block(block, at)),
      ...(typeof reason === 'string' ? [ended(finishOf(reason))] : []),
    ]
  }

  /** A block of a message, when it begins or as a whole. */
  #block({ type, text, thinking, id, name, input }: ContentBlock, at: number) {
    if (type === 'text' && text !== '') return [said({ content: String(text) })]
    if (type === 'thinking' && thinking !== '')
      return [said({ reasoning_content: String(thinking) })]
    if (type !== 'tool_use') return []
    this.#begun.add(`call:${at}`)
    const isGiven = typeof input === 'object' && input !== null && Object.keys(input).length > 0
    const fn = { name: String(name), arguments: isGiven ? JSON.stringify(input) : '' }
    return [said({ tool_calls: [{ index: at, id: String(id), type: 'function', function: fn }] })]
  }

  #messageEvent({ type, index, content_block: block, delta }: NamedEvent): ChatCompletionChunk[] {
    if (type === 'content_block_start') return this.#block(block as ContentBlock, Number(index))
    const reason = type === 'message_delta' ? (delta as NamedEvent)?.['stop_reason'] : undefined
    return typeof reason === 'string' ? [ended(finishOf(reason))] : []
  }

  #event(event: NamedEvent): ChatCompletionChunk[] {
    if (typeof event.type !== 'string') return []
    const text = textEventOf(event)
    if (text?.field === 'delta')
      return this.#grown(text.place.stem, placeKey(text.place), event, textIn(event, text))
    if (/^(?:message|content_block)_/.test(event.type)) return this.#messageEvent(event)
    const { type, item, response, output_index: at } = event
    if (type === 'response.output_item.added' || type === 'response.output_item.done')
      return this.#call(item, at)
    if (type === 'response.completed' || type === 'response.incomplete')
      return this.#end(response as Response)
    if (/^(?:transcript|image|speech).*\.(?:done|completed)$/.test(type))
      return [...this.#whole(event), ended('stop')]
    return this.#whole(event)
  }

  /** A text that was never told in pieces. */
  #whole(event: NamedEvent): ChatCompletionChunk[] {
    if (!event.type.endsWith('.done')) return []
    const stem = event.type.slice(0, -'.done'.length)
    const field = WHOLE_TEXT.find((name) => typeof event[name] === 'string')
    if (field === undefined) return []
    const place = textEventOf({ ...event, type: `${stem}.delta`, delta: '' })?.place
    if (place === undefined || this.#begun.has(placeKey(place))) return []
    return this.#grown(stem, placeKey(place), event, event[field] as string)
  }

  #grown(stem: string, key: string, event: NamedEvent, text: string): ChatCompletionChunk[] {
    this.#begun.add(key)
    const index = event['output_index'] ?? event['index']
    // Anthropic's own tools have arguments as well, and nobody else calls them.
    const isCall = 'index' in event ? this.#begun.has(`call:${String(index)}`) : true
    if (stem === CALL_ARGUMENTS && isCall && typeof index === 'number') {
      return [said({ tool_calls: [{ index, function: { arguments: text } }] })]
    }
    return [said({ [CHANNELS.get(stem) ?? stem]: text })]
  }

  #item(item: ResponseItem, at: number): ChatCompletionChunk[] {
    const { type, content, summary } = item
    if (type === 'function_call') return this.#call(item, at)
    const parts = [summary, content].flatMap((list: unknown) =>
      Array.isArray(list) ? (list as unknown[]) : [],
    )
    return parts.flatMap((part) => {
      const { text, refusal } = part as { readonly text?: unknown; readonly refusal?: unknown }
      if (typeof refusal === 'string') return [said({ refusal })]
      if (typeof text !== 'string') return []
      return [said(type === 'reasoning' ? { reasoning_content: text } : { content: text })]
    })
  }

  /** A function call, when it begins and when it is whole. */
  #call(item: unknown, index: unknown): ChatCompletionChunk[] {
    const call = item as ResponseItem | undefined
    if (call?.type !== 'function_call' || typeof index !== 'number') return []
    const place = { stem: CALL_ARGUMENTS, output: index, part: undefined, summary: undefined }
    const parts: ChatCompletionChunk[] = []
    const key = `call:${index}`
    if (!this.#begun.has(key)) {
      this.#begun.add(key)
      this.#hasCalls = true
      const fn = { name: String(call['name']), arguments: '' }
      parts.push(
        said({
          tool_calls: [{ index, id: String(call['call_id']), type: 'function', function: fn }],
        }),
      )
    }
    const text = call['arguments']
    if (typeof text !== 'string' || text === '' || this.#begun.has(placeKey(place))) return parts
    this.#begun.add(placeKey(place))
    return [...parts, said({ tool_calls: [{ index, function: { arguments: text } }] })]
  }

  #end(response: Response | undefined): ChatCompletionChunk[] {
    if (response?.status === 'incomplete') {
      return [
        ended(
          response.incomplete_details?.reason === 'content_filter' ? 'content_filter' : 'length',
        ),
      ]
    }
    return response?.status === 'failed' ? [] : [ended(this.#hasCalls ? 'tool_calls' : 'stop')]
  }
}

/** How a message ends, in chat's words. */
const MESSAGE_ENDS: ReadonlyMap<string, FinishReason> = new Map([
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['refusal', 'content_filter'],
  ['tool_use', 'tool_calls'],
])

function finishOf(reason: string): FinishReason {
  return MESSAGE_ENDS.get(reason) ?? 'stop'
}

function said(delta: ChatCompletionDelta): ChatCompletionChunk {
  return { ...HEAD, choices: [{ index: 0, delta, finish_reason: null }] }
}

function ended(reason: FinishReason): ChatCompletionChunk {
  return { ...HEAD, choices: [{ index: 0, delta: {}, finish_reason: reason }] }
}
