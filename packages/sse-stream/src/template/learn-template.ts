import { findString } from '@sluice/core/internal'
import type { ChatCompletionChunk } from '@sluice/core/wire'
import {
  EventTemplate,
  skipSpaces,
  type JsonPath,
  type TemplateText,
  type CopiedString,
} from './event-template.ts'
import { onlyStringNamed, stringClose } from '../bytes/json-string.ts'
import { Literal } from '../bytes/byte-literal.ts'

const encoder = new TextEncoder()

type Chunk = Readonly<Record<string, unknown>>

/** Whether a chunk is one of the many in the middle of an answer, whose shape is worth learning. */
export function runs(chunk: ChatCompletionChunk): boolean {
  const choice = chunk.choices[0]
  return choice !== undefined && choice.finish_reason === null && choice.delta.role === undefined
}

/**
 * Learns the shape of an event that goes on as it came: `event` holds the bytes of `block`. Gives
 * `undefined` where the strings do not stand in it in the plainest way, each key once.
 */
export function learnOwnTemplate(
  event: Uint8Array,
  block: string,
  chunk: Chunk,
  strings: readonly CopiedString[],
): EventTemplate | undefined {
  // Only where each character is a byte does a place in the text tell the place in the bytes.
  if (event.length !== block.length) return undefined
  const starts: number[] = []
  for (const { from, to } of strings) {
    if (!isString(chunk, to)) continue
    const start = from.at(-1) === to.at(-1) ? onlyStringNamed(block, String(to.at(-1))) : -1
    if (start < 0) return undefined
    starts.push(start)
  }
  if (!isString(chunk, strings[0]!.to)) return undefined
  const textStart = starts[0]!
  starts.sort((a, b) => a - b)
  const literals: Literal[] = []
  const view = new DataView(event.buffer, event.byteOffset, event.byteLength)
  let at = 0
  for (const start of starts) {
    literals.push(new Literal(view, at, start))
    at = stringClose(event, start)
    if (at < 0) return undefined
  }
  literals.push(new Literal(view, at, event.length))
  const [prefix, ...rest] = literals
  return new EventTemplate(prefix!, rest, textOf(chunk, strings[0]!.to, starts.indexOf(textStart)))
}

/**
 * Learns the shape from one event (`block` with its `data`) and the frame that it became. Gives
 * `undefined` where the strings do not stand in both, or in another order; then events go on being
 * parsed.
 */
export function learnTemplate(
  block: string,
  data: string,
  frame: string,
  chunk: Chunk,
  strings: readonly CopiedString[],
): LearnedTemplate | undefined {
  const offset = block.indexOf(data)
  if (offset < 0) return undefined
  const input = cut(
    data,
    block.slice(0, offset),
    block.slice(offset + data.length),
    strings.map((one) => one.from),
  )
  if (input === undefined || !input.present.includes(0)) return undefined
  // Mostly both are the same text, and the strings stand at the same places.
  const output =
    frame === block &&
    strings.every((one) => one.from === one.to || one.from.join() === one.to.join())
      ? input
      : cut(
          frame.slice(6, -2),
          'data: ',
          '\n\n',
          strings.map((one) => one.to),
        )
  if (output === undefined || input.present.join() !== output.present.join()) return undefined
  const text = textOf(chunk, strings[0]!.to, input.present.indexOf(0))
  const [prefix, ...rest] = output.literals.map((bytes) => Literal.of(bytes))
  const ofOutput = new EventTemplate(prefix!, rest, text)
  const isIdentity =
    input === output ||
    input.literals.every((literal, index) => sameBytes(literal, output.literals[index]!))
  if (isIdentity) return { template: ofOutput, ofOutput }
  // Anthropic pads its events with spaces before the last brace, so that their length says nothing
  // of the text.
  const last = input.literals.at(-1)!
  const padding = last.indexOf(0x20)
  const literals =
    padding < 0 ? input.literals : [...input.literals.slice(0, -1), last.subarray(0, padding)]
  const tail = padding < 0 ? undefined : Literal.of(last.subarray(skipSpaces(last, padding)))
  const [first, ...others] = literals.map((bytes) => Literal.of(bytes))
  return {
    template: new EventTemplate(first!, others, text, { output: output.literals, tail }),
    ofOutput,
  }
}

/** A shape twice. */
export interface LearnedTemplate {
  /** As the vendor's events have it. */
  readonly template: EventTemplate
  /** As the frames that we write have it; for batches that are looked at later. */
  readonly ofOutput: EventTemplate
}

function textOf(chunk: Chunk, path: JsonPath, index: number): TemplateText {
  const [choice] = (chunk as { choices?: { index?: number }[] }).choices ?? []
  return {
    index,
    path,
    isContent: path.join() === 'choices,0,delta,content' && choice?.index === 0,
  }
}

function isString(value: unknown, path: JsonPath): boolean {
  let found = value
  for (const step of path)
    found = (found as Readonly<Record<string | number, unknown>> | undefined)?.[step]
  return typeof found === 'string'
}

function cut(
  json: string,
  before: string,
  after: string,
  paths: readonly JsonPath[],
): { literals: Uint8Array[]; present: number[] } | undefined {
  const bytes = encoder.encode(json)
  const holes = paths
    // Most events lack most of the strings; a look for the key's name costs less than a walk.
    .map((path, which) => ({
      which,
      found: json.includes(`"${path.at(-1)!}"`) ? findString(bytes, path) : undefined,
    }))
    .filter((hole) => hole.found !== undefined)
    .sort((a, b) => a.found!.start - b.found!.start)
  const literals: Uint8Array[] = []
  let from = 0
  for (const { found } of holes) {
    if (found!.start < from) return undefined
    literals.push(bytes.subarray(from, found!.start))
    from = found!.end
  }
  literals.push(bytes.subarray(from))
  literals[0] = joined(encoder.encode(before), literals[0]!)
  literals[literals.length - 1] = joined(literals.at(-1)!, encoder.encode(after))
  return { literals, present: holes.map((hole) => hole.which) }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}
