import { ApiError } from '@sluice/core'
import type { ChatCompletionContentPart, ChatCompletionMessageParam } from '@sluice/core/wire'
import { isObject, type Json } from '../../../vendor-spec/json.ts'
import { Conversation, type Content } from '../../responses/conversation.ts'
import { CallIds } from './call-ids.ts'
import { fromMarkedSignature } from '../call-signature.ts'
import { readMember } from '../read-member.ts'
import { toChatPart } from './to-chat-part.ts'

/** How a conversation in Gemini's form is said in chat. */
export interface ToChatMessagesOptions {
  /** Whether the results of tools may hold pictures and files. */
  readonly holdsMedia: boolean
  /** Gets the kinds of part that are left out. */
  readonly drops: Set<string>
}

/**
 * Returns the instruction and the contents of a request in Gemini's form as chat messages. What the
 * model thought, said and called in one turn is one message; results stand behind their calls.
 *
 * @throws ApiError 400 for a role or a part that nothing can be made of
 */
export function toChatMessages(
  params: Json,
  { holdsMedia, drops }: ToChatMessagesOptions,
): readonly ChatCompletionMessageParam[] {
  const turns = new Turns(holdsMedia, drops)
  const { contents } = params
  const given: readonly unknown[] = Array.isArray(contents) ? contents : [contents]
  for (const [at, content] of given.entries()) turns.add(content, `contents[${at}]`)
  const instruction = instructionOf(readMember(params, 'systemInstruction'))
  const system: ChatCompletionMessageParam[] =
    instruction === '' ? [] : [{ role: 'system', content: instruction }]
  return [...system, ...turns.messages()]
}

function instructionOf(given: unknown): string {
  if (typeof given === 'string') return given
  const parts = isObject(given) ? (given['parts'] ?? [given]) : []
  const list: readonly unknown[] = Array.isArray(parts) ? parts : [parts]
  return list
    .flatMap((part) => (isObject(part) && typeof part['text'] === 'string' ? [part['text']] : []))
    .join('\n\n')
}

class Turns {
  readonly #conversation: Conversation
  readonly #drops: Set<string>
  readonly #ids = new CallIds()
  #isModels = false

  constructor(holdsMedia: boolean, drops: Set<string>) {
    this.#conversation = new Conversation(holdsMedia)
    this.#drops = drops
  }

  add(content: unknown, where: string): void {
    if (!isObject(content)) throw wrong(where, 'It is no content.')
    const { role, parts: given } = content
    // Google takes one part for a list of one.
    const list: readonly unknown[] = Array.isArray(given) ? given : isObject(given) ? [given] : []
    const parts = list.map((part, at) => {
      if (isObject(part)) return part
      throw wrong(`${where}.parts[${at}]`, 'It is no part.')
    })
    if (role === 'model') {
      if (!this.#isModels) this.#ids.begin()
      this.#isModels = true
      this.#model(parts, where)
    } else if (role === undefined || role === null || USERS.has(role)) {
      this.#isModels = false
      this.#user(parts, where)
    } else throw wrong(`${where}.role`, `The role is 'user' or 'model'.`)
  }

  messages(): ChatCompletionMessageParam[] {
    return this.#conversation.messages()
  }

  #user(parts: readonly Json[], where: string): void {
    const said: ChatCompletionContentPart[] = []
    for (const [at, part] of parts.entries()) {
      const result = readMember(part, 'functionResponse')
      if (isObject(result)) {
        this.#result(result, `${where}.parts[${at}].functionResponse`)
        continue
      }
      const own = part['thought'] === true ? undefined : toChatPart(part, `${where}.parts[${at}]`)
      if (own !== undefined) said.push(own)
    }
    if (said.length > 0) this.#conversation.add({ role: 'user', content: plain(said) })
  }

  #model(parts: readonly Json[], where: string): void {
    let text = ''
    const say = () => {
      this.#conversation.addSaid(text)
      text = ''
    }
    for (const [at, part] of parts.entries()) {
      const call = readMember(part, 'functionCall')
      const place = `${where}.parts[${at}]`
      if (isObject(call)) {
        say()
        this.#call(call, readMember(part, 'thoughtSignature'), `${place}.functionCall`)
      } else if (isObject(readMember(part, 'functionResponse'))) {
        throw wrong(`${place}.functionResponse`, "A result is the user's to give.")
      } else if (part['thought'] === true) {
        if (typeof part['text'] === 'string') this.#conversation.addThoughts(part['text'])
      } else if (isObject(readMember(part, 'inlineData'))) {
        // No chat takes pictures and sound that the assistant made.
        this.#drops.add('contents.parts.inlineData')
      } else if (!isSignatureAlone(part)) {
        const own = toChatPart(part, place)
        if (own?.type === 'text') text += own.text
        else if (own !== undefined) this.#drops.add('contents.parts.fileData')
      }
    }
    say()
  }

  #call(call: Json, signature: unknown, where: string): void {
    const { id, name, args } = call
    if (typeof name !== 'string' || name === '')
      throw wrong(`${where}.name`, 'The name is missing.')
    this.#conversation.addCall({
      id: this.#ids.call(name, id),
      name,
      arguments: JSON.stringify(args ?? {}),
      fields: fromMarkedSignature(signature),
    })
  }

  #result(result: Json, where: string): void {
    const { id, name, response, parts: given } = result
    if (typeof name !== 'string' || name === '')
      throw wrong(`${where}.name`, 'The name is missing.')
    const parts: readonly unknown[] = Array.isArray(given) ? given : []
    const media = parts.flatMap((part, at) =>
      isObject(part) ? (toChatPart(part, `${where}.parts[${at}]`) ?? []) : [],
    )
    const text = resultText(response)
    const content: Content = media.length === 0 ? text : [{ type: 'text', text }, ...media]
    this.#conversation.addResult(this.#ids.result(name, id), content)
  }
}

/** `function` is the name that results' turns had before they were the user's. */
const USERS: ReadonlySet<unknown> = new Set(['user', 'function', 'tool', ''])

/** A result is an object at Gemini; one that stands for a text alone is the text. */
function resultText(response: unknown): string {
  if (typeof response === 'string') return response
  if (!isObject(response)) return response === undefined ? '' : JSON.stringify(response)
  const [only, ...others] = Object.entries(response)
  const isText = only !== undefined && (only[0] === 'output' || only[0] === 'result')
  return isText && others.length === 0 && typeof only[1] === 'string'
    ? only[1]
    : JSON.stringify(response)
}

function isSignatureAlone(part: Json): boolean {
  return Object.keys(part).every((name) => /^thought_?Signature$/i.test(name))
}

/** One text is the same as a list of one, and every upstream knows it. */
function plain(parts: ChatCompletionContentPart[]): Content {
  const [only] = parts
  return parts.length === 1 && only!.type === 'text' ? only!.text : parts
}

function wrong(param: string, message: string): ApiError {
  return new ApiError('invalid_value', { message: `Invalid '${param}': ${message}`, param })
}
