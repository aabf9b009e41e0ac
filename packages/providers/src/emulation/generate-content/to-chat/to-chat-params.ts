import { ApiError } from '@sluice/core'
import type { GenerateContentParams } from '@sluice/core/wire'
import { isObject } from '../../../vendor-spec/json.ts'
import type { ChatAbilities, ChatRequest } from '../../responses/to-chat-params.ts'
import { readMember } from '../read-member.ts'
import { toChatMessages } from './to-chat-messages.ts'
import { toChatSettings } from './to-chat-settings.ts'
import { toChatTools } from './to-chat-tools.ts'

/** What is read here, in both spellings. */
const READ: ReadonlySet<string> = new Set([
  'model',
  'stream',
  'contents',
  'systemInstruction',
  'system_instruction',
  'tools',
  'toolConfig',
  'tool_config',
  'generationConfig',
  'generation_config',
])

/** The client makes the names of these; a header takes only so many. */
const MAX_DROPS = 32

/**
 * Says a request in Gemini's form in chat's terms.
 * @throws ApiError 400, with `param`, for what has no place there and cannot be left out.
 */
export function toChatParams(
  params: GenerateContentParams,
  abilities: ChatAbilities = {},
): Pick<ChatRequest, 'params' | 'drops'> {
  if (typeof readMember(params, 'cachedContent') === 'string') {
    throw new ApiError('unsupported_parameter', {
      message: "'cachedContent' is not supported for this model.",
      param: 'cachedContent',
    })
  }
  const drops = new Set<string>()
  const messages = toChatMessages(params, { holdsMedia: abilities.toolMedia === true, drops })
  if (messages.length === 0) {
    throw new ApiError('invalid_value', {
      message: 'The contents say nothing.',
      param: 'contents',
    })
  }
  const config = readMember(params, 'generationConfig')
  const chat = {
    model: params.model,
    ...(params.stream === true ? { stream: true } : {}),
    messages,
    ...toChatTools(params, { searches: abilities.webSearch === true, drops }),
    ...(isObject(config) ? toChatSettings(config, drops) : {}),
  }
  for (const name of Object.keys(params))
    if (!READ.has(name) && drops.size < MAX_DROPS) drops.add(name.slice(0, 64))
  return { params: chat, drops: [...drops] }
}
