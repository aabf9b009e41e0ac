import { ApiError } from '@sluice/core'
import type { ChatCompletionContentPart } from '@sluice/core/wire'
import type { Content } from './conversation.ts'

type Json = Readonly<Record<string, unknown>>

/**
 * The content of a message in chat's form. @throws ApiError 400 that names a part which chat cannot
 * carry
 */
export function toChatContent(content: unknown, at: string): Content {
  if (!Array.isArray(content)) return typeof content === 'string' ? content : ''
  const parts = (content as readonly unknown[]).map(
    (part, index) => toPart(part) ?? refuse(part, `${at}[${index}]`),
  )
  return plain(parts)
}

/**
 * What a tool gave in chat's form: text, parts, or as JSON what is neither. `onDrop` is told of
 * each kind of part that is left out.
 */
export function toResultContent(given: unknown, onDrop: (kind: string) => void): Content {
  if (typeof given === 'string') return given
  if (given === undefined || given === null) return ''
  const list: readonly unknown[] = Array.isArray(given) ? given : [given]
  if (!list.every(isPart)) return JSON.stringify(given)
  const parts: ChatCompletionContentPart[] = []
  for (const one of list) {
    const part = toPart(one)
    if (part === undefined) onDrop(String(one['type']))
    else parts.push(part)
  }
  return plain(parts)
}

/** The texts in the content of an item of whatever kind. */
export function textsOf(content: unknown): string[] {
  if (typeof content === 'string') return [content]
  const list: readonly unknown[] = Array.isArray(content) ? content : []
  return list.flatMap((part) =>
    isObject(part) && typeof part['text'] === 'string' ? [part['text']] : [],
  )
}

/**
 * One text is the same as a list of one, and every upstream knows it; an empty list is none that
 * any takes.
 */
function plain(parts: ChatCompletionContentPart[]): Content {
  const [only] = parts
  if (only === undefined) return ''
  return parts.length === 1 && only.type === 'text' ? only.text : parts
}

const PARTS: ReadonlyMap<unknown, (part: Json) => ChatCompletionContentPart | undefined> = new Map([
  ['input_text', text],
  ['output_text', text],
  ['text', text],
  ['summary_text', text],
  ['reasoning_text', text],
  // Few vendors know a part of that kind; what it says they all understand.
  ['refusal', (part) => ({ type: 'text', text: textOf(part['refusal']) })],
  ['input_image', picture],
  ['computer_screenshot', picture],
  ['input_audio', sound],
  ['input_file', file],
])

/** A part in chat's form; `undefined` where chat has none. */
function toPart(part: unknown): ChatCompletionContentPart | undefined {
  if (!isObject(part)) return undefined
  const encode = PARTS.get(part['type'])
  if (encode !== undefined) return encode(part)
  return typeof part['text'] === 'string' ? text(part) : undefined
}

function text(part: Json): ChatCompletionContentPart {
  return { type: 'text', text: textOf(part['text']) }
}

function picture({ image_url: image, detail }: Json): ChatCompletionContentPart | undefined {
  // Some clients nest the address as chat does.
  const url = isObject(image) ? image['url'] : image
  if (typeof url !== 'string') return undefined
  if (typeof detail !== 'string') return { type: 'image_url', image_url: { url } }
  // The finest that chat knows.
  return { type: 'image_url', image_url: { url, detail: detail === 'original' ? 'high' : detail } }
}

function sound({ input_audio: audio }: Json): ChatCompletionContentPart | undefined {
  return isObject(audio)
    ? { type: 'input_audio', input_audio: audio as { data: string; format: string } }
    : undefined
}

function file({ type: _type, ...rest }: Json): ChatCompletionContentPart {
  return { type: 'file', file: rest }
}

function refuse(part: unknown, at: string): never {
  const type = isObject(part) ? part['type'] : undefined
  if (type !== 'input_image' || !isObject(part)) throw unsupportedInput(type, `${at}.type`)
  if (typeof part['file_id'] === 'string') throw unsupportedInput('file_id', `${at}.file_id`)
  throw new ApiError('invalid_value', {
    message: "The part has no 'image_url'.",
    param: `${at}.image_url`,
  })
}

/** The error for what chat cannot carry and must not be left out. */
export function unsupportedInput(value: unknown, param: string): ApiError {
  const message = `'${String(value).slice(0, 64)}' is not supported in the input for this model.`
  return new ApiError('unsupported_parameter', { message, param })
}

/** What is not a part, such as the outcome of a command, is no content but a value. */
function isPart(value: unknown): value is Json {
  return isObject(value) && (PARTS.has(value['type']) || isOpaque(value['type']))
}

/** Kinds of part that hold nothing that another vendor could read. */
function isOpaque(type: unknown): boolean {
  return type === 'encrypted_content'
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
