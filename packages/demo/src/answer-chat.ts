import type { Batch, Call } from '@sluice/core'
import type { ChatCompletion, ChatCompletionChunk } from '@sluice/core/wire'
import {
  CompletionAccumulator,
  ChunkAssembler,
  ChunkBatch,
  DocumentBatch,
} from '@sluice/sse-stream/internal'
import type { Observable } from 'rxjs'
import type { DemoHandler, DemoContext } from './answerer.ts'
import { chatScript, type ChatScript } from './chat-script.ts'
import { oneBatch } from './one-batch.ts'
import { pacedEmission } from './paced-emission.ts'
import { spokenSteps, writtenDeltas, type SayOptions } from './script-deltas.ts'

type ChatBatch = Batch<ChatCompletionChunk, ChatCompletion>
type ChatCall = Call<'chat.completions'>

/** Params that ask for what the demo has not. */
const DROPS = [
  'audio',
  'function_call',
  'functions',
  'logit_bias',
  'prediction',
  'web_search_options',
]

const FINGERPRINT = 'demo'

/** Answers chat completions: streamed word by word at the demo's pace, or whole at once. */
export const answerChat: DemoHandler<'chat.completions'> = (call, context) => {
  const { params, report } = call
  for (const name of DROPS) {
    const isAsked = params[name] !== undefined && params[name] !== null
    if (isAsked && !report.droppedParams.includes(name)) report.droppedParams.push(name)
  }
  const answerId = call.requestId.replace(/^req_/, '')
  const model = call.model === '' ? 'demo' : call.model
  // Ids of calls come back in the next request, where 40 characters are the most that is taken.
  const script = chatScript(params, model, answerId.replace(/[^A-Za-z0-9]/g, '').slice(-24))
  const assembler = new ChunkAssembler({
    id: `chatcmpl-${answerId}`,
    created: Math.floor(context.clock.wall() / 1000),
    model,
  })
  return params.stream === true
    ? streamed(call, context, script, assembler)
    : whole(call, script, assembler)
}

function streamed(
  call: ChatCall,
  context: DemoContext,
  script: ChatScript,
  assembler: ChunkAssembler,
): Observable<ChatBatch> {
  const { gate, params } = call
  const showsUsage = params.stream_options?.include_usage === true
  // OpenAI announces the usage chunk by `null` on all the others.
  const chunkFields = { system_fingerprint: FINGERPRINT, ...(showsUsage ? { usage: null } : {}) }
  return pacedEmission<ChatCompletionChunk, ChatBatch>({
    clock: context.clock,
    gate,
    stepsPerSecond: context.tokensPerSecond,
    *steps() {
      let chunks: ChatCompletionChunk[] | undefined
      for (const deltas of spokenSteps(script, sayOptions(call, chunkFields))) {
        if (chunks !== undefined) yield chunks
        chunks = deltas.map((delta) => assembler.add(delta)).filter((chunk) => chunk !== undefined)
      }
      yield [...(chunks ?? []), ...assembler.finishAll()]
    },
    batch: (chunks) => new ChunkBatch(chunks, gate),
    last: () => {
      assembler.add({ usage: script.usage })
      const chunk = { ...assembler.usageChunk()!, system_fingerprint: FINGERPRINT }
      return new ChunkBatch(showsUsage ? [chunk] : [], gate, script.usage)
    },
  })
}

function whole(
  call: ChatCall,
  script: ChatScript,
  assembler: ChunkAssembler,
): Observable<ChatBatch> {
  const accumulator = new CompletionAccumulator()
  for (const delta of writtenDeltas(
    script,
    sayOptions(call, { system_fingerprint: FINGERPRINT }),
  )) {
    const chunk = assembler.add(delta)
    if (chunk !== undefined) accumulator.add(chunk)
  }
  for (const chunk of assembler.finishAll()) accumulator.add(chunk)
  const completion: ChatCompletion = { ...accumulator.result(), usage: script.usage }
  return oneBatch(call.gate, new DocumentBatch({ value: completion }, call.gate, script.usage))
}

function sayOptions({ params }: ChatCall, chunkFields: SayOptions['chunkFields']): SayOptions {
  return {
    chunkFields,
    topLogprobs: params.logprobs === true ? (params.top_logprobs ?? 0) : undefined,
  }
}
