import type { SampleAnswer } from './sample-answers.ts'

/** What a client got. */
export interface Got {
  readonly status: number
  readonly type: string
  readonly text: string
}

const FINISHES: ReadonlySet<unknown> = new Set(['stop', 'length', 'tool_calls', 'content_filter', 'function_call'])
const TERMINALS: ReadonlySet<unknown> = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
  'error',
])

/** Says what is wrong with an answer, whatever the vendor did; `undefined` where nothing is. */
export function judgeAnswer({ operation, body }: SampleAnswer, { status, type, text }: Got): string | undefined {
  if (status >= 400) return errorFault(parsed(text))
  if (status !== 200) return `status ${status}`
  if (body['stream'] !== true) {
    const document = parsed(text)
    return document === undefined ? 'no JSON' : documentFault(operation, document)
  }
  return type.startsWith('text/event-stream') ? streamFault(operation, text) : `a stream of type ${type}`
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
  if (typeof error?.['message'] !== 'string' || error['message'] === '') return 'an error without a message'
  if (typeof error['type'] !== 'string') return 'an error without a type'
  return error['code'] === null || typeof error['code'] === 'string' ? undefined : 'an error whose code is no word'
}

function documentFault(operation: SampleAnswer['operation'], document: Json): string | undefined {
  const list = (name: string) => (Array.isArray(document[name]) ? (document[name] as Json[]) : undefined)
  switch (operation) {
    case 'chat':
    case 'completions': {
      const choices = list('choices')
      if (choices === undefined || choices.length === 0) return 'no choices'
      return usageFault(document['usage']) ?? firstFault(choices, (one) => choiceFault(one, operation))
    }
    case 'responses':
      return document['object'] === 'response' && list('output') !== undefined ? undefined : 'no response'
    default:
      return list('data') === undefined ? 'no data' : usageFault(document['usage'])
  }
}

function choiceFault(choice: Json, operation: SampleAnswer['operation']): string | undefined {
  if (!FINISHES.has(choice['finish_reason'])) return `finish_reason ${JSON.stringify(choice['finish_reason'])}`
  if (operation === 'completions') return typeof choice['text'] === 'string' ? undefined : 'a choice without text'
  const message = choice['message'] as Json
  if (message['role'] !== 'assistant') return 'a message without its role'
  if (message['content'] !== null && typeof message['content'] !== 'string') return 'content that is no text'
  const { refusal } = message
  if (refusal !== null && typeof refusal !== 'string') return 'a refusal that is no text'
  return callFault(message['tool_calls'], true)
}

function callFault(calls: unknown, isWhole: boolean): string | undefined {
  if (calls === undefined) return undefined
  if (!Array.isArray(calls)) return 'calls that are no list'
  return firstFault(calls as Json[], (call) => {
    const fn = call['function'] as Json | undefined
    if (isWhole && typeof call['id'] !== 'string') return 'a call without an id'
    if (isWhole && typeof fn?.['name'] !== 'string') return 'a call without a name'
    const args = fn?.['arguments']
    return typeof args === 'string' || (!isWhole && args === undefined) ? undefined : 'arguments that are no text'
  })
}

function usageFault(usage: unknown): string | undefined {
  if (usage === undefined || usage === null) return undefined
  for (const name of ['prompt_tokens', 'completion_tokens', 'total_tokens']) {
    const count = (usage as Json)[name]
    if (count !== undefined && !(Number.isSafeInteger(count) && (count as number) >= 0))
      return `usage of ${JSON.stringify(count)}`
  }
  return undefined
}

function streamFault(operation: SampleAnswer['operation'], text: string): string | undefined {
  const frames = text.split('\n\n').filter((frame) => frame !== '' && !frame.startsWith(':'))
  const data = frames.map((frame) => /^data: (.*)$/m.exec(frame)?.[1])
  if (data.includes(undefined)) return 'an event without data'
  const dones = data.filter((one) => one === '[DONE]').length
  const events = data.filter((one) => one !== '[DONE]').map((one) => parsed(one!))
  if (events.includes(undefined)) return 'an event that is not JSON'
  const failed = events.filter(
    (event) => event?.['error'] !== undefined && event['error'] !== null && event['type'] === undefined,
  )
  if (operation === 'responses') {
    const last = events.at(-1)
    if (dones > 0) return 'a response with [DONE]'
    return TERMINALS.has(last?.['type']) || failed.length === 1
      ? undefined
      : `a response that ends with ${String(last?.['type'])}`
  }
  if (failed.length > 1) return 'more than one error'
  if (failed.length === 1) {
    if (dones > 0) return '[DONE] after an error'
    return errorFault(failed[0]) ?? (events.at(-1) === failed[0] ? undefined : 'more after an error')
  }
  if (dones !== 1 || data.at(-1) !== '[DONE]')
    return `${dones} times [DONE], the end is ${String(data.at(-1)).slice(0, 80)}`
  return firstFault(events as Json[], (event) => chunkFault(operation, event))
}

function chunkFault(operation: SampleAnswer['operation'], chunk: Json): string | undefined {
  if (!Array.isArray(chunk['choices'])) return 'a chunk without choices'
  return (
    usageFault(chunk['usage']) ??
    firstFault(chunk['choices'] as Json[], (choice) => {
      const finish = choice['finish_reason'] ?? null
      if (finish !== null && !FINISHES.has(finish)) return `finish_reason ${JSON.stringify(finish)}`
      if (operation === 'completions') return typeof choice['text'] === 'string' ? undefined : 'a choice without text'
      return callFault((choice['delta'] as Json)['tool_calls'], false)
    })
  )
}

function firstFault<T>(items: readonly T[], look: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const fault = look(item)
    if (fault !== undefined) return fault
  }
  return undefined
}
