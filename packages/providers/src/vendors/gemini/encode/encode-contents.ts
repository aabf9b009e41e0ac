import type { ChatCompletionContentPart, ChatCompletionMessageParam } from '@sluice/core/wire'
import type { Content, Part } from '../content.ts'
import { isObject, parseJson, type Json } from '../json.ts'
import type { ModelFamily } from '../model-family.ts'
import { MISSING_SIGNATURE, signatureIn, type ThoughtSignatures } from '../thought-signatures.ts'
import type { ToolNames } from '../tool-names.ts'
import { encodePart } from './encode-part.ts'
import { encodeToolResult } from './encode-tool-result.ts'
import { ExactObjects } from './exact-objects.ts'

/** What a conversation is translated with. */
export interface EncodeContentsOptions {
  readonly names: ToolNames
  readonly signatures: ThoughtSignatures
  readonly family: ModelFamily
}

/** A conversation in Gemini's form. */
export interface EncodedContents {
  /** What all system and developer messages say, wherever they stand: Gemini knows no such turn. */
  readonly system: readonly Part[]
  readonly contents: readonly Content[]
}

interface OpenCall {
  readonly id: string
  readonly name: string
}

/**
 * Translates messages into Gemini's turns. The roles take turns, so neighbours are joined; empty
 * ones fall out. A turn with function calls is followed by exactly one result for each, in the
 * order of the calls: results are gathered up to the next answer of the assistant, one that is
 * missing is said to be missing, one that answers no call becomes text.
 */
export function encodeContents(
  messages: readonly ChatCompletionMessageParam[],
  options: EncodeContentsOptions,
): EncodedContents {
  const turns = new Turns(options)
  for (let at = 0; at < messages.length; at++) turns.add(messages[at]!, at)
  return turns.finish()
}

class Turns {
  readonly #options: EncodeContentsOptions
  readonly #system: Part[] = []
  readonly #contents: Content[] = []
  readonly #objects = new ExactObjects()
  /** Calls of the last turn, those that wait by their ids, the last first, and their results. */
  #calls: readonly OpenCall[] = []
  #open = new Map<string, OpenCall[]>()
  #results = new Map<OpenCall, Part[]>()
  /** What else the user says before the assistant answers; it stands behind the results. */
  #beside: Part[] = []

  constructor(options: EncodeContentsOptions) {
    this.#options = options
  }

  add(message: ChatCompletionMessageParam, at: number): void {
    switch (message.role) {
      case 'system':
      case 'developer':
        append(this.#system, partsOf(message.content, at))
        return
      case 'assistant':
        this.#assistant(message, at)
        return
      case 'tool':
      case 'function':
        this.#result(message, at)
        return
      default:
        this.#user(partsOf(message.content, at))
    }
  }

  finish(): EncodedContents {
    this.#settle()
    // Gemini refuses a conversation without a turn, and one that begins with a call of the model's.
    if (this.#contents[0]?.role !== 'user')
      this.#contents.unshift({ role: 'user', parts: [{ text: ' ' }] })
    return { system: this.#system, contents: this.#contents }
  }

  #user(parts: readonly Part[]): void {
    if (this.#calls.length > 0) append(this.#beside, parts)
    else this.#say('user', parts)
  }

  #assistant(message: ChatCompletionMessageParam, at: number): void {
    this.#settle()
    const parts = partsOf(message.content, at)
    if (typeof message.refusal === 'string' && message.refusal !== '')
      parts.push({ text: message.refusal })
    const signature = signatureIn(message)
    const lastText = parts.findLast((part) => part.text !== undefined)
    if (signature !== undefined && lastText !== undefined) lastText.thoughtSignature = signature
    const calls = callsOf(message)
    for (const call of calls) parts.push(this.#call(call, call === calls[0]))
    this.#say('model', parts)
    this.#calls = calls
    for (const call of calls.toReversed()) {
      const namesakes = this.#open.get(call.id)
      if (namesakes === undefined) this.#open.set(call.id, [call])
      else namesakes.push(call)
    }
  }

  #call({ id, name, input, signature: echoed }: AssistantCall, isFirst: boolean): Part {
    const { names, signatures, family } = this.#options
    // Only the first of parallel calls is signed.
    const signature =
      echoed ??
      signatures.recall(id) ??
      (family.needsSignatures && isFirst ? MISSING_SIGNATURE : undefined)
    return {
      functionCall: { id, name: names.toVendor(name), args: argumentsOf(input) },
      ...(signature === undefined ? {} : { thoughtSignature: signature }),
    }
  }

  #result(message: ChatCompletionMessageParam, at: number): void {
    const id = message.tool_call_id ?? legacyId(message.name ?? '')
    const parts = partsOf(message.content, at)
    // Calls of one id are answered in their order; some models number each of theirs alike.
    const call = this.#open.get(id)?.pop()
    if (call === undefined) {
      const said =
        message.name === undefined
          ? 'A tool gave this result:'
          : `The tool ${message.name} gave this result:`
      if (parts.length > 0) this.#user([{ text: said }, ...parts])
      return
    }
    const { names, family } = this.#options
    const given = { id, name: names.toVendor(call.name) }
    const how = { mediaInside: family.mediaInResults, objects: this.#objects }
    this.#results.set(call, encodeToolResult(given, parts, how))
  }

  /** Puts the results of the open calls into one turn of the user. */
  #settle(): void {
    if (this.#calls.length === 0) return
    const results = this.#calls.map((call) => this.#results.get(call) ?? [this.#missing(call)])
    this.#say('user', [
      ...results.map(([response]) => response!),
      ...results.flatMap((parts) => parts.slice(1)),
      ...this.#beside,
    ])
    this.#calls = []
    this.#open = new Map()
    this.#results = new Map()
    this.#beside = []
  }

  #missing({ id, name }: OpenCall): Part {
    const response = { error: 'No result was given for this call.' }
    return { functionResponse: { id, name: this.#options.names.toVendor(name), response } }
  }

  #say(role: Content['role'], parts: readonly Part[]): void {
    if (parts.length === 0) return
    const last = this.#contents.at(-1)
    if (last?.role === role) append(last.parts, parts)
    else this.#contents.push({ role, parts: [...parts] })
  }
}

/** Part by part, because a spread of very many arguments overflows the stack. */
function append(parts: Part[], more: readonly Part[]): void {
  for (const part of more) parts.push(part)
}

interface AssistantCall extends OpenCall {
  readonly input: unknown
  readonly signature?: string | undefined
}

function callsOf(message: ChatCompletionMessageParam): AssistantCall[] {
  const calls = (message.tool_calls ?? []).map((call): AssistantCall => ({
    id: call.id,
    name: call.function?.name ?? '',
    input: call.function?.arguments,
    signature: signatureIn(call),
  }))
  // The form that came before tool calls: one call to a message, its result known by the function's
  // name.
  const legacy = message['function_call']
  const { name, arguments: input }: Json = isObject(legacy) ? legacy : {}
  if (typeof name === 'string') calls.push({ id: legacyId(name), name, input })
  return calls
}

function legacyId(name: string): string {
  return `function:${name}`
}

/**
 * Arguments are an object at Gemini; what the model once wrote wrongly is handed back inside one.
 */
function argumentsOf(text: unknown): Record<string, unknown> {
  if (isObject(text)) return { ...text }
  if (typeof text !== 'string' || !/\S/.test(text)) return {}
  const parsed = parseJson(text)
  return isObject(parsed) ? { ...parsed } : { arguments: parsed ?? text }
}

function partsOf(
  content: string | readonly ChatCompletionContentPart[] | null | undefined,
  message: number,
): Part[] {
  if (typeof content === 'string') return content === '' ? [] : [{ text: content }]
  const parts: Part[] = []
  for (const [at, part] of (content ?? []).entries()) {
    const encoded = encodePart(part, `messages[${message}].content[${at}]`)
    if (encoded !== undefined) parts.push(encoded)
  }
  return parts
}
