import type { Annotation } from '@sluice/core/wire'
import type { ChatDecoder, ChatDelta, VendorDelta, CopiedString } from '@sluice/sse-stream/internal'
import { upstreamError } from '../../../response/errors/upstream-error.ts'
import { gaveUp } from '../../../response/errors/gave-up.ts'
import { readFinish } from '../../../vendor-spec/finish-words.ts'
import { decodeCitation } from './decode-citations.ts'
import { fromMessageUsage, mergeMessageUsage } from '../../../emulation/messages/message-usage.ts'
import { ANSWER_TOOL } from '../encode/encode-format.ts'
import { isObject, textOf, type Json } from '../json.ts'
import { KeyRenamer } from '../schema/key-renamer.ts'
import { STOP_REASONS } from './stop-reasons.ts'
import type { ThinkingMemory } from '../thinking-memory.ts'
import type { ToolNames } from '../encode/tool-names.ts'
import type { ThinkingBlock } from '../wire.ts'

/** What a decoder has to know of the request. */
export interface MessageDecoderOptions {
  readonly names: ToolNames
  readonly memory: ThinkingMemory | undefined
  /** Whether text may carry citations, whose offsets are counted. */
  readonly cites: boolean
  /** Whether a tool stands in for the answer; then its input is the content. */
  readonly answersByTool: boolean
  /** Names of properties of an answer with a schema, where the vendor knows them by others. */
  readonly answerKeys?: ReadonlyMap<string, string> | undefined
}

const CONTENT = ['choices', 0, 'delta', 'content']
const TEXT: readonly CopiedString[] = [{ from: ['delta', 'text'], to: CONTENT }]
const ARGUMENTS: readonly CopiedString[] = [
  {
    from: ['delta', 'partial_json'],
    to: ['choices', 0, 'delta', 'tool_calls', 0, 'function', 'arguments'],
  },
]
const ANSWER: readonly CopiedString[] = [{ from: ['delta', 'partial_json'], to: CONTENT }]

/**
 * A block of the answer while it grows. What is neither words, thoughts nor calls (the vendor's own
 * tools, new kinds) is `other`.
 */
type OpenBlock =
  | { readonly kind: 'text'; readonly start: number; citations: Json[] }
  | { readonly kind: 'thinking'; thinking: string; signature: string; isClosed?: boolean }
  | {
      readonly kind: 'call' | 'answer'
      readonly index: number
      readonly input: unknown
      /** Gives properties their names back; most have none to be given. */
      readonly keys: KeyRenamer | undefined
      hasInput: boolean
    }
  | { readonly kind: 'other' }

const OTHER: OpenBlock = { kind: 'other' }

/**
 * Reads a message, event by event or whole. Text and arguments are carried over by their shape, so
 * that this sees only some of their events; thoughts are all read, because they have to be given
 * back whole. They are told as `reasoning_content` and once more, with their signatures, as
 * `thinking_blocks`, which a client may send back with the message.
 */
export class MessageDecoder implements ChatDecoder {
  readonly verbatim: readonly (readonly CopiedString[])[]
  readonly #options: MessageDecoderOptions
  readonly #blocks = new Map<unknown, OpenBlock>()
  readonly #thoughts: ThinkingBlock[] = []
  /** So many of them have been told beside an end that may have been none. */
  #toldThoughts = 0
  readonly #callIds: string[] = []
  /**
   * Whether all text is seen here. A citation that comes unasked in a stream has no known place.
   */
  #counts: boolean
  #usage: Json = {}
  #started = false
  #nextIndex = 0
  #length = 0
  /** Text beside an answer that is given by a tool: only shown where the tool is not called. */
  #preamble = ''
  #hasAnswer = false
  /** Gives the properties of an answer that is text their names back. */
  readonly #answer: KeyRenamer | undefined
  /**
   * Whether a call waits for the client: those that the vendor's own code makes while it runs are
   * answered when it ends its turn.
   */
  #asksClient = false

  constructor(options: MessageDecoderOptions) {
    this.#options = options
    this.#counts = options.cites
    const { answersByTool, answerKeys: keys } = options
    const calls = options.names.renamesProperties ? [] : [ARGUMENTS]
    if (answersByTool) this.verbatim = keys === undefined ? [...calls, ANSWER] : calls
    else this.verbatim = options.cites || keys !== undefined ? calls : [TEXT, ...calls]
    if (!answersByTool && keys !== undefined) this.#answer = new KeyRenamer(keys)
  }

  decode(json: unknown): readonly ChatDelta[] {
    if (!isObject(json)) return []
    switch (json['type']) {
      case 'message_start':
        return this.#start(json['message'])
      case 'content_block_start':
        return this.#open(json['index'], json['content_block'])
      case 'content_block_delta':
        return this.#grow(json['index'], json['delta'])
      case 'content_block_stop':
        return this.#close(json['index'])
      case 'message_delta':
        return this.#finish(json)
      case 'message_stop':
        return [...spoken(this.#rest()), { end: true }]
      case 'error':
        return [{ error: upstreamError(200, {}, json, { secrets: [], exposeAuthErrors: false }) }]
      default:
        return []
    }
  }

  /** Reads an answer that was not streamed, as if its parts had come one after another. */
  decodeWhole(message: unknown): readonly ChatDelta[] {
    if (!isObject(message) || !Array.isArray(message['content'])) throw new TypeError('no message')
    this.#counts = true
    return [
      ...this.#start(message),
      ...this.#finish({ ...message, delta: message }),
      ...spoken(this.#rest()),
    ]
  }

  #start(message: unknown): readonly ChatDelta[] {
    this.#blocks.clear()
    if (!isObject(message) || this.#started) return []
    this.#started = true
    const id = textOf(message['id'])
    const model = textOf(message['model'])
    const content = Array.isArray(message['content']) ? (message['content'] as unknown[]) : []
    return [
      {
        ...(id === undefined ? {} : { id }),
        ...(model === undefined ? {} : { model }),
        ...this.#count(message['usage']),
      },
      ...content.flatMap((block, index) => [...this.#open(index, block), ...this.#close(index)]),
    ]
  }

  /** An index that comes again closes the block that had it. */
  #open(index: unknown, block: unknown): readonly ChatDelta[] {
    const before = this.#close(index)
    this.#blocks.delete(index)
    return before.length === 0
      ? this.#begin(index, block)
      : [...before, ...this.#begin(index, block)]
  }

  #begin(index: unknown, block: unknown): readonly ChatDelta[] {
    if (!isObject(block)) return []
    switch (block['type']) {
      case 'text': {
        const citations = Array.isArray(block['citations'])
          ? (block['citations'] as unknown[]).filter(isObject)
          : []
        this.#blocks.set(index, { kind: 'text', start: this.#length, citations })
        return block['text'] === '' ? [] : this.#say(block['text'])
      }
      case 'thinking':
        this.#blocks.set(index, {
          kind: 'thinking',
          thinking: '',
          signature: textOf(block['signature']) ?? '',
        })
        return this.#grow(index, { type: 'thinking_delta', thinking: block['thinking'] })
      case 'redacted_thinking':
        if (textOf(block['data']) !== undefined)
          this.#thoughts.push({ type: 'redacted_thinking', data: String(block['data']) })
        return []
      case 'tool_use':
        return this.#openCall(index, block)
      default:
        this.#blocks.set(index, OTHER)
        return []
    }
  }

  #openCall(at: unknown, block: Json): readonly ChatDelta[] {
    const id = textOf(block['id'])
    const name = textOf(block['name']) ?? ''
    const index = this.#nextIndex++
    const isAnswer = this.#options.answersByTool && name === ANSWER_TOOL
    if (isAnswer && this.#hasAnswer) {
      this.#blocks.set(at, OTHER)
      return []
    }
    const { names, answerKeys } = this.#options
    const ownName = names.fromWire(name)
    const renamed = isAnswer ? answerKeys : names.propertiesOf(ownName)?.fromWire
    const keys = renamed === undefined ? undefined : new KeyRenamer(renamed)
    const kind = isAnswer ? 'answer' : 'call'
    this.#blocks.set(at, { kind, index, input: block['input'], keys, hasInput: false })
    if (isAnswer) {
      this.#hasAnswer = true
      return []
    }
    if (id !== undefined) this.#callIds.push(id)
    const { caller } = block
    this.#asksClient ||= !isObject(caller) || caller['type'] === 'direct'
    const call = {
      index,
      ...(id === undefined ? {} : { id }),
      function: { name: ownName, arguments: '' },
    }
    return [{ delta: { tool_calls: [call] } }]
  }

  #grow(index: unknown, delta: unknown): readonly ChatDelta[] {
    const block = this.#blocks.get(index)
    if (block === undefined || !isObject(delta)) return []
    switch (delta['type']) {
      case 'text_delta':
        return block.kind === 'text' ? this.#say(delta['text'] ?? '') : []
      case 'input_json_delta':
        return this.#input(block, jsonText(delta['partial_json']))
      case 'thinking_delta': {
        const thinking = textOf(delta['thinking'])
        if (block.kind !== 'thinking' || thinking === undefined) return []
        block.thinking += thinking
        return [{ delta: { reasoning_content: thinking } }]
      }
      case 'signature_delta':
        if (block.kind === 'thinking')
          block.signature = textOf(delta['signature']) ?? block.signature
        return []
      case 'citations_delta':
        if (block.kind === 'text' && isObject(delta['citation']))
          block.citations.push(delta['citation'])
        return []
      default:
        return []
    }
  }

  #say(said: unknown): readonly ChatDelta[] {
    if (typeof said !== 'string') return []
    this.#length += said.length
    if (!this.#options.answersByTool) return content(this.#answer?.push(said) ?? said)
    this.#preamble += said
    return []
  }

  #input(block: OpenBlock, json: string | undefined): readonly ChatDelta[] {
    if ((block.kind !== 'call' && block.kind !== 'answer') || json === undefined) return []
    block.hasInput = true
    return given(block, block.keys?.push(json) ?? json)
  }

  /** Closes a block. It is kept: the official clients put what still comes of it to the rest. */
  #close(index: unknown): readonly ChatDelta[] {
    const block = this.#blocks.get(index)
    switch (block?.kind) {
      case 'text': {
        if (block.citations.length === 0) return []
        const [start, end] = this.#counts ? [block.start, this.#length] : [0, 0]
        const annotations: Annotation[] = block.citations.map((one) =>
          decodeCitation(one, start, end),
        )
        block.citations = []
        return [{ delta: { annotations } }]
      }
      case 'thinking':
        if (block.signature !== '' && block.isClosed !== true)
          this.#thoughts.push({
            type: 'thinking',
            thinking: block.thinking,
            signature: block.signature,
          })
        block.isClosed = true
        return []
      case 'call':
      case 'answer':
        // An input that is there from the beginning has no deltas; an empty one says `{}` in the
        // end all the same.
        if (block.hasInput) return given(block, block.keys?.end() ?? '')
        if (block.kind === 'call' && isEmpty(block.input)) return []
        return this.#input(block, JSON.stringify(block.input ?? {}))
      default:
        return []
    }
  }

  #finish(event: Json): readonly ChatDelta[] {
    const counted = this.#count(event['usage'])
    const delta = isObject(event['delta']) ? event['delta'] : {}
    const ended = readFinish(delta['stop_reason'], STOP_REASONS)
    if (ended === undefined) return [counted]
    const open = [...this.#blocks.keys()].flatMap((index) => this.#close(index))
    if (ended.meaning === 'failed') return [...open, { ...counted, error: gaveUp(ended.word) }]
    this.#options.memory?.remember(this.#callIds, this.#thoughts)
    return [
      ...open,
      {
        ...counted,
        delta: this.#rest(),
        finishReason: ended.meaning,
        ...(ended.meaning === 'stop' && !this.#asksClient ? { callsAreAnswered: true } : {}),
        choiceFields: {
          native_finish_reason: ended.word,
          ...present(delta, ['stop_sequence', 'stop_details']),
        },
        chunkFields: {
          ...present(delta, ['container']),
          ...present(event, ['context_management']),
        },
      },
    ]
  }

  /** What is told at the end: text that waited for it, and the thoughts once more. */
  #rest(): VendorDelta {
    const held = this.#hasAnswer ? '' : this.#preamble + (this.#answer?.end() ?? '')
    this.#preamble = ''
    const thoughts = this.#thoughts.slice(this.#toldThoughts)
    this.#toldThoughts = this.#thoughts.length
    return {
      ...(held === '' ? {} : { content: held }),
      ...(thoughts.length === 0 ? {} : { thinking_blocks: thoughts }),
    }
  }

  #count(usage: unknown): ChatDelta {
    this.#usage = mergeMessageUsage(this.#usage, usage)
    const counted = fromMessageUsage(this.#usage)
    return counted === undefined ? {} : { usage: counted }
  }
}

function spoken(delta: VendorDelta): readonly ChatDelta[] {
  return Object.keys(delta).length === 0 ? [] : [{ delta }]
}

function content(text: string): readonly ChatDelta[] {
  return text === '' ? [] : [{ delta: { content: text } }]
}

/** A piece of a call's arguments, or of the answer that a call stands in for. */
function given(
  { kind, index }: { readonly kind: 'call' | 'answer'; readonly index: number },
  json: string,
): readonly ChatDelta[] {
  if (kind === 'answer') return content(json)
  return json === '' ? [] : [{ delta: { tool_calls: [{ index, function: { arguments: json } }] } }]
}

/** The text of a piece of a call's input; some servers give it as the object itself. */
function jsonText(piece: unknown): string | undefined {
  return isObject(piece) ? JSON.stringify(piece) : textOf(piece)
}

function isEmpty(input: unknown): boolean {
  return !isObject(input) || Object.keys(input).length === 0
}

function present(from: Json, fields: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    fields
      .map((field) => [field, from[field]])
      .filter(([, value]) => value !== null && value !== undefined),
  )
}
