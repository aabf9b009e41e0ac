import type { FaultSample } from './faults.ts'

const envelope = { id: 'chatcmpl-sample', created: 1_700_000_000, model: 'sample-1' }
const usage = { prompt_tokens: 5, completion_tokens: 4, total_tokens: 9 }
const WORDS = ['Hello', ' from', ' a', ' vendor', ' 🌍', '.']

const chunk = (choices: readonly unknown[], more: object = {}): string =>
  `data: ${JSON.stringify({ ...envelope, object: 'chat.completion.chunk', choices, ...more })}\n\n`
const said = (delta: object, finishReason: string | null = null): string =>
  chunk([{ index: 0, delta, logprobs: null, finish_reason: finishReason }])

/** A short chat answer in OpenAI's own form. */
export const openaiSample: FaultSample = {
  events: [
    said({ role: 'assistant', content: '', refusal: null }),
    ...WORDS.map((content) => said({ content })),
    said({}, 'stop'),
    chunk([], { usage }),
    'data: [DONE]\n\n',
  ],
  document: JSON.stringify({
    ...envelope,
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: WORDS.join(''), refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage,
  }),
}
