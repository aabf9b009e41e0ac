import type { ModerationCreateParams, ModerationCreateResponse } from '@sluice/core/wire'
import { DocumentBatch } from '@sluice/sse-stream/internal'
import type { DemoHandler } from './answerer.ts'
import { inNextTurn } from './in-next-turn.ts'
import { oneBatch } from './one-batch.ts'

/** All of OpenAI's categories, with words that the demo takes as a sign of each. */
const CATEGORIES: readonly (readonly [string, RegExp | undefined])[] = [
  ['harassment', /\b(?:idiot|moron|loser|shut up|despise you)\b/],
  [
    'harassment/threatening',
    /\b(?:i will|i'll|going to) (?:hurt|kill|beat|find) (?:you|him|her|them)\b/,
  ],
  ['hate', /\b(?:i hate all|subhuman|inferior race)\b/],
  ['hate/threatening', /\b(?:exterminate|wipe out) (?:all|every|the)\b/],
  ['illicit', /\b(?:shoplift|launder money|buy stolen|counterfeit)\b/],
  ['illicit/violent', /\b(?:build|make) a (?:bomb|weapon)\b/],
  ['self-harm', /\b(?:kill myself|suicide|hurt myself|cut myself)\b/],
  ['self-harm/intent', /\bi (?:want|am going|plan) to (?:kill|hurt|cut) myself\b/],
  ['self-harm/instructions', /\bhow to (?:kill|hurt|cut) (?:myself|oneself|yourself)\b/],
  ['sexual', /\b(?:porn|explicit sex|nude pictures)\b/],
  ['sexual/minors', undefined],
  ['violence', /\b(?:kill|murder|stab|shoot) (?:you|him|her|them|people|someone|everyone)\b/],
  ['violence/graphic', /\b(?:gore|dismember|disembowel|decapitat)/],
]

/** Characters that are looked at, of all texts together; each gets its share. */
const MAX_CHARS = 200_000
const FOUND = 0.9
const NOT_FOUND = 0.0001

/**
 * Answers moderations by a short list of words: enough to try an app against, and nothing to rely
 * on.
 */
export const answerModerations: DemoHandler<'moderations'> = (
  { params, model, requestId, gate },
  { clock },
) =>
  inNextTurn(clock, () => {
    const texts = textsOf(params.input)
    const value = {
      id: `modr-${requestId.replace(/^req_/, '')}`,
      model: model === '' ? 'demo' : model,
      results: texts.map((text) => moderate(text.slice(0, Math.ceil(MAX_CHARS / texts.length)))),
    }
    return oneBatch(gate, new DocumentBatch<never, ModerationCreateResponse>({ value }, gate))
  })

function moderate(text: string) {
  const said = text.toLowerCase()
  const found = CATEGORIES.map(([name, sign]) => [name, sign?.test(said) === true] as const)
  return {
    flagged: found.some(([, isFound]) => isFound),
    categories: Object.fromEntries(found),
    category_scores: Object.fromEntries(
      found.map(([name, isFound]) => [name, isFound ? FOUND : NOT_FOUND]),
    ),
    category_applied_input_types: Object.fromEntries(found.map(([name]) => [name, ['text']])),
  }
}

/** Parts are one input together; pictures are not looked at. */
function textsOf(input: ModerationCreateParams['input']): string[] {
  if (typeof input === 'string') return [input]
  const isParts = typeof input[0] === 'object'
  if (!isParts) return [...(input as readonly string[])]
  return [
    (input as readonly Record<string, unknown>[])
      .map((part) => (part['type'] === 'text' ? String(part['text']) : ''))
      .join('\n'),
  ]
}
