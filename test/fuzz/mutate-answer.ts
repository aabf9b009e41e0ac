import { answerAsHttp, type VendorBytes } from './answer-as-http.ts'
import type { SampleAnswer, SampleEvent } from './sample-answers.ts'
import { placesIn, withAt, type Json } from './sample-requests.ts'

type Random = () => number

const WORDS = [
  '__proto__',
  'constructor',
  'toString',
  'valueOf',
  'hasOwnProperty',
  'null',
  '',
  '\u0000',
  '\ud800',
  'stop',
]
const AWKWARD: readonly Json[] = [
  null,
  true,
  false,
  0,
  -1,
  -0,
  1.5,
  1e308,
  2 ** 53 + 2,
  [],
  {},
  [null],
  [[]],
  ['x'],
  { a: null },
  { __proto__: null, toString: 1, valueOf: 1 },
  '\ufeffx',
  'x'.repeat(70_000),
  'data: [DONE]\n\n',
  '\n\nevent: error\r\r',
  '{"a":1}',
  ...WORDS,
]
const DEEP = [
  '['.repeat(20_000) + ']'.repeat(20_000),
  '{"a":'.repeat(20_000) + '1' + '}'.repeat(20_000),
]
/** What stands in the place of a number, though no serialiser of JSON would write it. */
const RAW = [
  '1e999',
  '-1e999',
  '00',
  '1.',
  '.5',
  '+1',
  'NaN',
  '-Infinity',
  '9'.repeat(400),
  '0x1',
  "'x'",
  '1,',
  '{]',
]
/** Lines that may stand between the lines of an event. */
const LINES = [
  ': x',
  ':',
  'id: 1',
  'id: \u0000',
  'retry: -1',
  'retry: 9'.padEnd(40, '9'),
  'data',
  'event',
  'x',
  'data:',
]
const LINE_ENDS = ['\n', '\r\n', '\r']
const BETWEEN = [
  'data: [DONE]',
  'data:[DONE] ',
  '',
  'data: ',
  'data: null',
  'data: "x"',
  'data: [1]',
  '\ufeff',
  '[DONE]',
]

const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)]!

/**
 * Makes what a vendor writes in the place of a well-formed answer. The same numbers give the same
 * bytes.
 */
export function mutateAnswer(sample: SampleAnswer, random: Random): VendorBytes {
  const changes = 1 + Math.floor(random() * 3)
  let document = sample.document
  let events: readonly SampleEvent[] | undefined = sample.events
  let isDeep = false
  for (let change = 0; change < changes; change++) {
    const kind = random()
    if (document !== undefined && kind < 0.6) document = changedValue(document, random)
    else if (events !== undefined && kind < 0.4) events = changedEvent(events, random)
    else if (events !== undefined && kind < 0.65) events = reordered(events, random)
    else if (kind > 0.97) isDeep = true
  }
  let text =
    document === undefined ? eventText(sample, events!, random) : documentText(document, random)
  if (isDeep) text = text.replace(/:(?:"[^"]*"|\d+|null)/, `:${pick(random, DEEP)}`)
  if (random() < 0.05) text = rawly(text, random)
  let bytes: Buffer = Buffer.from(text)
  if (random() < 0.25) bytes = flipped(bytes, random)
  return answerAsHttp(
    bytes,
    events === undefined ? 'application/json' : 'text/event-stream',
    random,
  )
}

function changedValue(value: Json, random: Random): Json {
  const places = placesIn(value)
  const place = pick(random, places.length === 0 ? [[]] : places)
  return withAt(
    value,
    place,
    pick(random, AWKWARD),
    random() < 0.15 ? pick(random, WORDS) : undefined,
  )
}

function changedEvent(events: readonly SampleEvent[], random: Random): SampleEvent[] {
  const at = Math.floor(random() * events.length)
  return events.map((event, index) => {
    if (index !== at) return event
    if (random() < 0.1) return { ...event, name: pick(random, [...WORDS, 'error', 'ping']) }
    return { ...event, data: changedValue(event.data, random) }
  })
}

function reordered(events: readonly SampleEvent[], random: Random): SampleEvent[] {
  const changed = [...events]
  if (changed.length < 2) return changed
  const at = Math.floor(random() * changed.length)
  const kind = random()
  if (kind < 0.35) changed.splice(at, 1)
  else if (kind < 0.65) changed.splice(at, 0, changed[at]!)
  else changed.splice(Math.floor(random() * changed.length), 0, ...changed.splice(at, 1))
  return changed
}

function documentText(document: Json, random: Random): string {
  const text = JSON.stringify(document, undefined, random() < 0.1 ? 2 : 0)
  const kind = random()
  if (kind < 0.01) return text + text
  if (kind < 0.02) return `\ufeff${text}\n\n`
  if (kind < 0.03) return `${' \n'.repeat(5000)}${text}`
  return kind < 0.04
    ? text.replace('{', `{"choices":${JSON.stringify(pick(random, AWKWARD))},`)
    : text
}

function eventText(
  { lineEnd: own = '\n', last = '' }: SampleAnswer,
  events: readonly SampleEvent[],
  random: Random,
): string {
  const isOdd = random() < 0.3
  const frames = events.map(({ name, data }) => {
    const lineEnd = isOdd && random() < 0.5 ? pick(random, LINE_ENDS) : own
    const lines = name === undefined ? [] : [`event: ${name}`]
    lines.push(`data: ${JSON.stringify(data)}`)
    if (isOdd) oddLines(lines, random)
    return lines.map((line) => line + lineEnd).join('') + lineEnd
  })
  if (isOdd && random() < 0.2)
    frames.splice(Math.floor(random() * frames.length), 0, `${pick(random, BETWEEN)}\n\n`)
  return frames.join('') + last
}

function oddLines(lines: string[], random: Random): void {
  const kind = random()
  const data = lines.at(-1)!
  if (kind < 0.1) lines.splice(Math.floor(random() * (lines.length + 1)), 0, pick(random, LINES))
  else if (kind < 0.2) lines.splice(-1, 1, `data:${data.slice(6)}`)
  else if (kind < 0.3) lines.splice(-1, 1, ...data.replace(',', ',\ndata:').split('\n'))
  else if (kind < 0.35) lines.push(data)
  else if (kind < 0.4) lines.reverse()
}

/** Puts into a text what no serialiser would write. */
function rawly(text: string, random: Random): string {
  const numbers = Array.from(text.matchAll(/:-?\d+/g), ({ index }) => index)
  const at = numbers.length === 0 ? 0 : pick(random, numbers)
  return text.slice(0, at) + text.slice(at).replace(/^:-?\d+/, `:${pick(random, RAW)}`)
}

function flipped(bytes: Buffer, random: Random): Buffer {
  if (random() < 0.4) return bytes.subarray(0, Math.floor(random() * bytes.length))
  const changed = Buffer.from(bytes)
  for (let times = 1 + Math.floor(random() * 4); times > 0 && changed.length > 0; times--) {
    changed[Math.floor(random() * changed.length)] = Math.floor(random() * 256)
  }
  return changed
}
