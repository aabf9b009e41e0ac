import { ApiError, type Batch } from '@sluice/core'
import type { ChatCompletionMessageToolCall, ToolCallDelta } from '@sluice/core/wire'
import type { OperatorFunction } from 'rxjs'
import { SaidReader } from '../response-form/said-reader.ts'
import { choiceOf, type ChoiceOptions } from './internal/choice-options.ts'
import { JsonProgress } from './rewrite/json-progress.ts'
import { operate } from './internal/operate.ts'

interface GrowingCall {
  readonly call: ChatCompletionMessageToolCall
  readonly progress: JsonProgress
}

/**
 * Whole tool calls from their parts, each as soon as its arguments are complete, though other calls
 * may still grow. Arguments that are not JSON are given as the model wrote them when the answer
 * ends. The function calls of a response are given as chat would give them.
 *
 * Fails with `stream_incomplete` where an answer ends inside a call, because it reached its token
 * limit or broke off: half a call must never run.
 *
 * @throws ConfigError `ERR_SSE_STREAM_OPTIONS`
 * @example handler(call).pipe(collectToolCalls(), mergeMap(run))
 */
export function collectToolCalls(
  options: ChoiceOptions = {},
): OperatorFunction<Batch, ChatCompletionMessageToolCall> {
  const index = choiceOf('collectToolCalls', options)
  return operate<Batch, ChatCompletionMessageToolCall>((subscriber) => {
    const reader = new SaidReader()
    const open = new Map<number, GrowingCall>()
    const done = new Set<number>()

    const grow = (part: ToolCallDelta) => {
      if (done.has(part.index)) return
      const growing = open.get(part.index) ?? begin(part)
      open.set(part.index, growing)
      const { custom } = part
      if (typeof custom === 'object' && custom !== null) return growCustom(growing.call, custom)
      const text = part.function?.arguments ?? ''
      if (growing.call.function !== undefined) growing.call.function.arguments += text
      growing.progress.push(text)
      if (!growing.progress.isComplete) return
      open.delete(part.index)
      done.add(part.index)
      subscriber.next(growing.call)
    }
    const finish = (isCut: boolean) => {
      if (isCut && open.size > 0) {
        throw new ApiError('stream_incomplete', { message: 'The answer ended inside a tool call.' })
      }
      for (const { call } of open.values()) subscriber.next(call)
      open.clear()
    }
    return {
      next(batch) {
        for (const { choices } of reader.read(batch)) {
          for (const choice of choices) {
            if (choice.index !== index) continue
            choice.delta.tool_calls?.forEach(grow)
            if (choice.finish_reason) finish(choice.finish_reason === 'length')
          }
        }
      },
      complete() {
        finish(true)
        subscriber.complete()
      },
    }
  })
}

/** The input of such a tool is a text of any form: only the answer's end says that it is whole. */
function growCustom(call: ChatCompletionMessageToolCall, custom: object): void {
  const before = call['custom'] as { readonly input?: string } | undefined
  const more = custom as { readonly input?: string }
  Reflect.deleteProperty(call, 'function')
  Object.assign(call, {
    type: 'custom',
    custom: { ...before, ...more, input: (before?.input ?? '') + (more.input ?? '') },
  })
}

function begin({
  index: _index,
  id,
  type: _type,
  function: fn,
  custom: _custom,
  ...foreign
}: ToolCallDelta): GrowingCall {
  return {
    call: {
      id: id ?? '',
      type: 'function',
      function: { name: fn?.name ?? '', arguments: '' },
      ...foreign,
    },
    progress: new JsonProgress(),
  }
}
