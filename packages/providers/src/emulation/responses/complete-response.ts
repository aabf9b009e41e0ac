import { draftResponse } from '@sluice/core/internal'
import type { Response, ResponseCreateParams } from '@sluice/core/wire'
import { isPlausibleUsage } from '../../response/formats/token-usage.ts'
import { fromResponseUsage, toResponseUsage } from './response-usage.ts'
import { soundItem } from './sound-item.ts'

/**
 * Members that every client may rely on, by OpenAI's document and its own replies. Not all who
 * speak the API give them all.
 */
const REQUIRED = [
  'background',
  'completed_at',
  'error',
  'frequency_penalty',
  'incomplete_details',
  'instructions',
  'max_output_tokens',
  'max_tool_calls',
  'metadata',
  'output',
  'parallel_tool_calls',
  'presence_penalty',
  'previous_response_id',
  'prompt_cache_key',
  'reasoning',
  'safety_identifier',
  'service_tier',
  'store',
  'temperature',
  'text',
  'tool_choice',
  'tools',
  'top_logprobs',
  'top_p',
  'truncation',
  'usage',
  'user',
] as const

const STATUSES: ReadonlySet<unknown> = new Set<Response['status']>([
  'queued',
  'in_progress',
  'completed',
  'incomplete',
  'failed',
  'cancelled',
])

/**
 * A response with everything that it must have, in the forms that clients read; the very same where
 * nothing was missing or wrong.
 *
 * @param expected Its status where it names none that there is.
 * @throws TypeError where it has not even an id
 */
export function completeResponse(
  response: Partial<Response>,
  params: ResponseCreateParams,
  expected: Response['status'] = 'completed',
): Response {
  const { id, created_at: createdAt } = response
  if (
    typeof id !== 'string' ||
    id === '' ||
    response.object !== 'response' ||
    typeof createdAt !== 'number'
  ) {
    throw new TypeError('not a response')
  }
  if (response.output !== undefined && !Array.isArray(response.output))
    throw new TypeError('no output')
  const sound = soundResponse(response, params, expected)
  if (REQUIRED.every((name) => sound[name] !== undefined)) return sound
  const { model, status } = sound
  const draft = draftResponse(params, { id, createdAt, model, status })
  const missing = REQUIRED.filter((name) => sound[name] === undefined)
  return { ...sound, ...Object.fromEntries(missing.map((name) => [name, draft[name]])) }
}

function soundResponse(
  response: Partial<Response>,
  params: ResponseCreateParams,
  expected: Response['status'],
): Response {
  const { status, model, output, usage } = response
  const isSound =
    STATUSES.has(status) &&
    typeof model === 'string' &&
    (usage === undefined || usage === null || isPlausibleUsage(usage)) &&
    (output === undefined || output.every((item) => soundItem(item) === item))
  if (isSound) return response as Response
  const counted = isPlausibleUsage(usage) ? undefined : fromResponseUsage(usage)
  return {
    ...(response as Response),
    status: STATUSES.has(status) ? status! : expected,
    model: typeof model === 'string' ? model : params.model,
    ...(output === undefined
      ? {}
      : { output: output.map(soundItem).filter((item) => item !== undefined) }),
    ...(isPlausibleUsage(usage)
      ? {}
      : { usage: counted === undefined ? null : toResponseUsage(counted) }),
  }
}
