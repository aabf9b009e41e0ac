import type { Annotation } from '@sluice/core/wire'
import type { VendorDelta, VendorToolCallDelta } from '@sluice/sse-stream/internal'
import { isObject } from '../../vendor-spec/json.ts'
import type { Json } from '../openai-compatible-spec.ts'

/** Members that some vendors have for the thoughts, in the order in which they are believed. */
const THOUGHTS = ['reasoning_content', 'reasoning', 'thinking'] as const

/**
 * Reads a delta or a message as OpenAI has it: text as a string, thoughts by one name, calls with
 * strings for arguments.
 */
export function vendorDelta(said: Json): VendorDelta {
  const {
    reasoning,
    tool_calls: calls,
    content,
    function_call: legacy,
    thinking,
    refusal,
    annotations,
    ...rest
  } = said
  const list = callsOf(calls)
  const thoughts = thoughtsOf(said)
  const { reasoning_content: own, ...others } = rest
  return {
    ...(content === undefined ? {} : { content: textOf(content) }),
    ...(typeof refusal === 'string' || refusal === null ? { refusal } : {}),
    ...(Array.isArray(annotations)
      ? { annotations: annotations.filter(isObject) as unknown as Annotation[] }
      : {}),
    // In the place in which it was said, where it is a thought.
    ...(own === undefined || thoughts !== undefined ? rest : others),
    ...(reasoning === undefined || typeof reasoning === 'string' || reasoning === null
      ? {}
      : { reasoning }),
    ...(thinking === undefined || typeof thinking === 'string' ? {} : { thinking }),
    ...(thoughts === undefined ? {} : { reasoning_content: thoughts }),
    ...(list.length > 0 ? { tool_calls: list } : {}),
    ...(isObject(legacy) ? { function_call: functionOf(legacy) } : {}),
  }
}

/** Whether a delta holds no words, thoughts or calls. */
export function isSilent(said: Json): boolean {
  const { content, tool_calls: calls, function_call: legacy, refusal } = said
  const isBlank = (value: unknown) => value === undefined || value === null || value === ''
  const hasCalls = Array.isArray(calls) && calls.length > 0
  return isBlank(content) && isBlank(refusal) && !hasCalls && !isObject(legacy) && !thoughtsOf(said)
}

function textOf(content: unknown): string | null {
  if (typeof content === 'string' || content === null) return content
  if (Array.isArray(content)) return content.map(partText).join('')
  if (typeof content === 'number' || typeof content === 'boolean') return String(content)
  return partText(content)
}

/** The text of a part of the content; thoughts are not text. */
function partText(part: unknown): string {
  if (typeof part === 'string') return part
  if (!isObject(part) || isThought(part)) return ''
  if (typeof part['text'] === 'string') return part['text']
  return typeof part['content'] === 'string' ? part['content'] : ''
}

function isThought(part: Json): boolean {
  const { type } = part
  return type === 'thinking' || type === 'reasoning' || part['thinking'] !== undefined
}

function thoughtsOf(said: Json): string | null | undefined {
  for (const name of THOUGHTS) {
    const value = said[name]
    if (typeof value === 'string' && value !== '') return value
  }
  const { content, reasoning_details: details } = said
  const parts = Array.isArray(content) ? content : isObject(content) ? [content] : []
  const inContent = parts
    .map((part: unknown) => (isObject(part) && isThought(part) ? thoughtText(part) : ''))
    .join('')
  if (inContent !== '') return inContent
  const told = Array.isArray(details)
    ? details.map((detail: unknown) => thoughtText(detail)).join('')
    : ''
  if (told !== '') return told
  // An empty or missing one stays as it was said.
  return THOUGHTS.map((name) => said[name]).find((value) => value === '' || value === null)
}

/** The words of a thought, which may be a text, a summary, or a list of such. */
function thoughtText(part: unknown): string {
  if (typeof part === 'string') return part
  if (!isObject(part)) return ''
  const { thinking, text, summary, reasoning } = part
  if (Array.isArray(thinking))
    return thinking.map((one: unknown) => (isObject(one) ? thoughtText(one) : '')).join('')
  return [thinking, text, summary, reasoning].find((value) => typeof value === 'string') ?? ''
}

function callsOf(calls: unknown): VendorToolCallDelta[] {
  const list = Array.isArray(calls) ? (calls as unknown[]) : isObject(calls) ? [calls] : []
  return list.filter(isObject).map(callOf)
}

/**
 * A part of a call with its own members in their places, where they are of the kind that they
 * should be.
 */
function callOf(call: Json): VendorToolCallDelta {
  const { index, id, type: _type, function: fn, name, arguments: input, custom, ...foreign } = call
  const said = isObject(fn) ? fn : { name, arguments: input }
  const key = indexOf(index)
  return {
    ...(key === undefined ? {} : { index: key }),
    ...(typeof id === 'string' || typeof id === 'number' ? { id: String(id) } : {}),
    ...(isObject(custom) && !isObject(fn)
      ? { custom: customOf(custom) }
      : { function: functionOf(said) }),
    ...foreign,
  }
}

function customOf({ name, input }: Json): { name?: string; input?: string } {
  return {
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof input === 'string' ? { input } : {}),
  }
}

function functionOf({ name, arguments: input }: Json): { name?: string; arguments?: string } {
  return {
    ...(typeof name === 'string' ? { name } : {}),
    ...(input === undefined || input === null ? {} : { arguments: argumentsText(input) }),
  }
}

/** Arguments as the JSON text that OpenAI's clients take. */
function argumentsText(input: unknown): string {
  return typeof input === 'string' ? input : JSON.stringify(input)
}

function indexOf(index: unknown): number | string | undefined {
  if (typeof index === 'number') return index
  if (typeof index !== 'string' || index === '') return undefined
  const number = Number(index)
  return Number.isInteger(number) ? number : index
}
