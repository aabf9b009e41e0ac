import type { SampleAnswer } from './sample-answers.ts'

/** What a client got. */
export interface Got {
  readonly status: number
  readonly type: string
  readonly text: string
}

const FINISHES: ReadonlySet<unknown> = new Set([
  'stop',
  'length',
  'tool_calls',
  'content_filter',
  'function_call',
])
const TERMINALS: ReadonlySet<unknown> = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
])

/** Says what is wrong with an answer, whatever the vendor did; `undefined` where nothing is. */
export function judgeAnswer(
  { operation, body }: SampleAnswer,
  { status, type, text }: Got,
): string | undefined {
  if (status >= 400)
    return operation === 'messages' ? messageErrorFault(parsed(text)) : errorFault(parsed(text))
  if (status !== 200) return `status ${status}`
  if (body['stream'] !== true) {
    const document = parsed(text)
    return document === undefined ? 'no JSON' : documentFault(operation, document)
  }
  return type.startsWith('text/event-stream')
    ? streamFault(operation, text)
    : `a stream of type ${type}`
}

type Json = Readonly<Record<string, unknown>>

function parsed(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Json) : undefined
  } catch {
    return undefined
  }
}

function errorFault(body: Json | undefined): string | undefined {
  const error = body?.['error'] as Json | undefined
  if (typeof error?.['message'] !== 'string' || error['message'] === '')
    return 'an error without a message'
  if (typeof error['type'] !== 'string') return 'an error without a type'
  return error['code'] === null || typeof error['code'] === 'string'
    ? undefined
    : 'an error whose code is no word'
}

function documentFault(operation: SampleAnswer['operation'], document: Json): string | undefined {
  const list = (name: string) =>
    Array.isArray(document[name]) ? (document[name] as Json[]) : undefined
  switch (operation) {
    case 'chat':
    case 'completions': {
      const choices = list('choices')
      if (choices === undefined || choices.length === 0) return 'no choices'
      const own = operation === 'chat' ? 'chat.completion' : 'text_completion'
      return (
        envelopeFault(document, own) ??
        usageFault(document['usage']) ??
        firstFault(choices, (one) => choiceFault(one, operation))
      )
    }
    case 'responses':
      return responseFault(document)
    case 'messages':
      return messageFault(document)
    case 'embeddings':
      return firstFault(list('data') ?? [{}], vectorFault) ?? usageFault(document['usage'])
    case 'moderations':
      return list('results') === undefined ? 'no results' : undefined
    case 'images':
      return firstFault(list('data') ?? [{}], pictureFault) ?? usageFault(document['usage'])
  }
}

function envelopeFault({ id, object, created, model }: Json, own: string): string | undefined {
  if (typeof id !== 'string' || id === '') return `the id ${JSON.stringify(id)}`
  if (object !== own) return `the object ${JSON.stringify(object)}`
  if (typeof model !== 'string') return `the model ${JSON.stringify(model)}`
  return Number.isSafeInteger(created) && (created as number) >= 0
    ? undefined
    : `the time ${JSON.stringify(created)}`
}

function choiceFault(choice: Json, operation: SampleAnswer['operation']): string | undefined {
  if (!FINISHES.has(choice['finish_reason']))
    return `finish_reason ${JSON.stringify(choice['finish_reason'])}`
  if (!Number.isSafeInteger(choice['index'])) return 'a choice without its place'
  if (operation === 'completions')
    return typeof choice['text'] === 'string' ? undefined : 'a choice without text'
  const message = choice['message'] as Json
  if (message['role'] !== 'assistant') return 'a message without its role'
  return spokenFault(message) ?? callFault(message['tool_calls'], true)
}

/** What a message or a delta says in words. */
function spokenFault(said: Json): string | undefined {
  for (const name of ['content', 'refusal', 'reasoning_content']) {
    const words = said[name] ?? null
    if (words !== null && typeof words !== 'string') return `${name} that is no text`
  }
  const legacy = (said['function_call'] ?? undefined) as Json | undefined
  const input = legacy?.['arguments']
  return input === undefined || typeof input === 'string'
    ? undefined
    : 'arguments of a function that are no text'
}

function callFault(calls: unknown, isWhole: boolean): string | undefined {
  if (calls === undefined) return undefined
  if (!Array.isArray(calls)) return 'calls that are no list'
  return firstFault(calls as Json[], (call) => {
    const fn = call['function'] as Json | undefined
    if (isWhole && typeof call['id'] !== 'string') return 'a call without an id'
    if (isWhole && typeof fn?.['name'] !== 'string') return 'a call without a name'
    if (!isWhole && !Number.isSafeInteger(call['index']))
      return 'a part of a call without its place'
    const args = fn?.['arguments']
    return typeof args === 'string' || (!isWhole && args === undefined)
      ? undefined
      : 'arguments that are no text'
  })
}

const DETAILS = /^(?:prompt|completion|input|output)_tokens_details$/
const COUNTS = /^(?:prompt|completion|input|output|total|cached|reasoning|audio)_tokens$/

/** Every count of tokens, also those that a count consists of, is one. */
function usageFault(usage: unknown): string | undefined {
  if (usage === undefined || usage === null) return undefined
  if (typeof usage !== 'object') return `usage that is ${JSON.stringify(usage)}`
  return firstFault(Object.entries(usage), ([name, value]) => {
    if (DETAILS.test(name)) return usageFault(value)
    if (!COUNTS.test(name)) return undefined
    const isCount = value === null || (Number.isSafeInteger(value) && value >= 0)
    return isCount ? undefined : `${name} of ${JSON.stringify(value)}`
  })
}

function vectorFault({ embedding, index }: Json): string | undefined {
  if (!Number.isSafeInteger(index)) return 'a vector without its place'
  const isVector = Array.isArray(embedding) && embedding.every((one) => typeof one === 'number')
  return isVector || typeof embedding === 'string' ? undefined : 'no vector'
}

function pictureFault({ b64_json: bytes, url }: Json): string | undefined {
  return typeof bytes === 'string' || typeof url === 'string' ? undefined : 'no picture'
}

const STATUSES: ReadonlySet<unknown> = new Set([
  'completed',
  'failed',
  'in_progress',
  'cancelled',
  'queued',
  'incomplete',
])

function responseFault({ id, object, status, output, usage }: Json): string | undefined {
  if (typeof id !== 'string' || object !== 'response' || !Array.isArray(output))
    return 'no response'
  if (!STATUSES.has(status)) return `the status ${JSON.stringify(status)}`
  return usageFault(usage) ?? firstFault(output as unknown[], itemFault)
}

function itemFault(value: unknown): string | undefined {
  const item = (value ?? {}) as Json
  if (typeof item['type'] !== 'string') return 'an item without a type'
  if (item['type'] === 'function_call' && typeof item['arguments'] !== 'string')
    return 'arguments that are no text'
  if (item['type'] !== 'message') return undefined
  return Array.isArray(item['content'])
    ? firstFault(item['content'] as unknown[], partFault)
    : 'content that is no list'
}

function partFault(value: unknown): string | undefined {
  const part = (value ?? {}) as Json
  if (typeof part['type'] !== 'string') return 'a part without a type'
  return part['type'] === 'output_text' && typeof part['text'] !== 'string'
    ? 'a part without its text'
    : undefined
}

function streamFault(operation: SampleAnswer['operation'], text: string): string | undefined {
  if (!text.endsWith('\n\n')) return `an end in the middle of an event: ${text.slice(-80)}`
  const frames = text.split('\n\n').filter((frame) => frame !== '' && !frame.startsWith(':'))
  const data = frames.map((frame) => /^(?:event: [^\n]*\n)?data: ([^\n]*)$/.exec(frame)?.[1])
  if (data.includes(undefined)) return 'an event in another frame'
  const dones = data.filter((one) => one === '[DONE]').length
  const events = data.filter((one) => one !== '[DONE]').map((one) => parsed(one!))
  if (events.includes(undefined)) return 'an event that is not JSON'
  if (operation === 'messages') return messageStreamFault(frames, events as Json[], dones)
  if (operation === 'images') return picturesFault(events as Json[], dones)
  return operation === 'responses'
    ? responseStreamFault(events as Json[], dones)
    : chunksFault(operation, events as Json[], dones, data.at(-1))
}

function messageErrorFault(body: Json | undefined): string | undefined {
  const { type, message } = (body?.['error'] ?? {}) as Json
  if (body?.['type'] !== 'error') return 'an error of another type'
  return typeof type === 'string' && typeof message === 'string'
    ? undefined
    : 'an error without type and message'
}

function messageFault({ type, content }: Json): string | undefined {
  return type === 'message' && Array.isArray(content) ? undefined : 'no message'
}

/** What a delta has to have, by its type: clients put it to what they have. */
const MESSAGE_DELTAS: ReadonlyMap<unknown, string> = new Map([
  ['text_delta', 'text'],
  ['thinking_delta', 'thinking'],
  ['input_json_delta', 'partial_json'],
])

function messageStreamFault(
  frames: readonly string[],
  events: readonly Json[],
  dones: number,
): string | undefined {
  if (dones > 0) return 'a message with [DONE]'
  if (!frames.every((frame) => frame.startsWith('event: '))) return 'an event without its name'
  const ends = events.filter(({ type }) => type === 'message_stop' || type === 'error')
  if (ends.length !== 1) return `${ends.length} ends`
  if (ends[0] !== events.at(-1)) return 'more after the end'
  return firstFault(events, (event) => {
    if (event['type'] === 'error') return messageErrorFault(event)
    if (event['type'] !== 'content_block_delta') return undefined
    const delta = (event['delta'] ?? {}) as Json
    const field = MESSAGE_DELTAS.get(delta['type'])
    return field === undefined || typeof delta[field] === 'string'
      ? undefined
      : `${field} that is no text`
  })
}

function picturesFault(events: readonly Json[], dones: number): string | undefined {
  if (dones > 0) return 'pictures with [DONE]'
  const hasFailed = events.at(-1)?.['error'] !== undefined
  const pictures = hasFailed ? events.slice(0, -1) : events
  const isWhole = hasFailed || pictures.some(({ type }) => String(type).endsWith('.completed'))
  if (!isWhole) return 'a good end without a whole picture'
  // Events that nobody knows are handed on.
  const known = pictures.filter(({ type }) => String(type).startsWith('image_generation.'))
  return firstFault(known, (event) => pictureFault(event) ?? usageFault(event['usage']))
}

function responseStreamFault(events: readonly Json[], dones: number): string | undefined {
  if (dones > 0) return 'a response with [DONE]'
  const last = events.at(-1)
  // Where not even the beginning of a response has come, an error alone ends the stream.
  const isBare = last?.['error'] !== undefined && last['type'] === undefined
  const ends = isBare ? [last] : events.filter(({ type }) => TERMINALS.has(type))
  if (ends.length !== 1) return `${ends.length} ends`
  if (ends[0] !== events.at(-1)) return 'more after the end'
  return firstFault(events, ({ type, response, delta, item }) => {
    if (response !== undefined) return responseFault(response as Json)
    if (item !== undefined) return itemFault(item)
    const isText =
      type === 'response.output_text.delta' || type === 'response.function_call_arguments.delta'
    return isText && typeof delta !== 'string' ? `${type} that is no text` : undefined
  })
}

function chunksFault(
  operation: SampleAnswer['operation'],
  events: readonly Json[],
  dones: number,
  last: string | undefined,
): string | undefined {
  const failed = events.filter(
    (event) =>
      event['error'] !== undefined && event['error'] !== null && event['choices'] === undefined,
  )
  if (failed.length > 1) return 'more than one error'
  const [failure] = failed
  if (failure !== undefined) {
    if (dones > 0) return '[DONE] after an error'
    if (events.at(-1) !== failure) return 'more after an error'
  } else if (dones !== 1 || last !== '[DONE]') {
    return `${dones} times [DONE], the end is ${String(last).slice(0, 80)}`
  }
  const ended = new Set<unknown>()
  const fault = firstFault(events, (event) =>
    event === failure ? errorFault(event) : chunkFault(operation, event, ended),
  )
  // A legacy completion is over with [DONE] alone.
  const hasEnd = failure !== undefined || ended.size > 0 || operation === 'completions'
  return fault ?? (hasEnd ? undefined : 'a good end without a finish_reason')
}

/** @param ended The choices whose finish reason has been said. */
function chunkFault(
  operation: SampleAnswer['operation'],
  chunk: Json,
  ended: Set<unknown>,
): string | undefined {
  if (!Array.isArray(chunk['choices'])) return 'a chunk without choices'
  const own = operation === 'chat' ? 'chat.completion.chunk' : 'text_completion'
  return (
    envelopeFault(chunk, own) ??
    usageFault(chunk['usage']) ??
    firstFault(chunk['choices'] as Json[], (choice) => {
      const finish = choice['finish_reason'] ?? null
      if (finish !== null && !FINISHES.has(finish)) return `finish_reason ${JSON.stringify(finish)}`
      if (!Number.isSafeInteger(choice['index'])) return 'a choice without its place'
      if (ended.has(choice['index'])) return 'more of a choice after its end'
      if (finish !== null) ended.add(choice['index'])
      if (operation === 'completions')
        return typeof choice['text'] === 'string' ? undefined : 'a choice without text'
      const delta = choice['delta'] as Json
      return spokenFault(delta) ?? callFault(delta['tool_calls'], false)
    })
  )
}

function firstFault<T>(
  items: readonly T[],
  look: (item: T) => string | undefined,
): string | undefined {
  for (const item of items) {
    const fault = look(item)
    if (fault !== undefined) return fault
  }
  return undefined
}
