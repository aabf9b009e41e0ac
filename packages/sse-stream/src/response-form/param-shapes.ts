import type { Operation } from '@sluice/core'
import type { Shape } from './shape.ts'

const set = (...names: readonly string[]): ReadonlySet<string> => new Set(names)

const MODEL = set('model')
/** Pictures and files by URL; those that hold the data themselves are no text. */
const FILE: Shape = { kept: set('file_id'), inline: set('file_data', 'url') }
const SOUND: Shape = { kept: set('data', 'format') }

/** A part of a message, in chat's words and in those of responses. */
const PART: Shape = {
  kept: set('type', 'file_id', 'detail', 'encrypted_content'),
  inline: set('image_url', 'file_data', 'url'),
  fields: new Map<string, Shape>([
    ['image_url', FILE],
    ['file', FILE],
    ['input_audio', SOUND],
  ]),
}

const CHAT: Shape = {
  kept: MODEL,
  fields: new Map<string, Shape>([
    [
      'messages',
      {
        kept: set('role', 'tool_call_id'),
        fields: new Map<string, Shape>([
          ['content', PART],
          ['tool_calls', { kept: set('id', 'type') }],
          ['audio', { kept: set('id') }],
        ]),
      },
    ],
    ['tools', { kept: set('type') }],
  ]),
}

const ITEM: Shape = {
  kept: set(
    'id',
    'type',
    'role',
    'status',
    'call_id',
    'encrypted_content',
    'approval_request_id',
    'container_id',
  ),
  fields: new Map<string, Shape>([
    ['content', PART],
    ['summary', PART],
    ['output', PART],
    ['outputs', PART],
  ]),
  types: new Map<string, Shape>([
    ['image_generation_call', { kept: set('id', 'type', 'status', 'result') }],
    ['item_reference', { kept: set('id', 'type') }],
  ]),
}

const RESPONSES: Shape = {
  kept: set('model', 'previous_response_id'),
  fields: new Map<string, Shape>([
    ['input', ITEM],
    ['instructions', ITEM],
    ['conversation', { kept: set('id') }],
    ['prompt', { kept: set('id', 'version') }],
    ['text', { fields: new Map([['format', { kept: set('type') }]]) }],
    ['tools', { kept: set('type') }],
  ]),
}

/** Data and what only its vendor can read; Google takes both spellings of each name. */
const CONTENT_BLOB: Shape = { kept: set('mimeType', 'mime_type', 'data') }
const CONTENT_FILE: Shape = {
  kept: set('mimeType', 'mime_type'),
  inline: set('fileUri', 'file_uri'),
}
const CONTENT_RESULT: Shape = {
  kept: set('id'),
  fields: new Map<string, Shape>([
    [
      'parts',
      {
        fields: new Map([
          ['inlineData', CONTENT_BLOB],
          ['inline_data', CONTENT_BLOB],
        ]),
      },
    ],
  ]),
}
const CONTENT: Shape = {
  kept: set('role'),
  fields: new Map<string, Shape>([
    [
      'parts',
      {
        kept: set('thoughtSignature', 'thought_signature'),
        fields: new Map<string, Shape>([
          ['inlineData', CONTENT_BLOB],
          ['inline_data', CONTENT_BLOB],
          ['fileData', CONTENT_FILE],
          ['file_data', CONTENT_FILE],
          ['functionCall', { kept: set('id') }],
          ['function_call', { kept: set('id') }],
          ['functionResponse', CONTENT_RESULT],
          ['function_response', CONTENT_RESULT],
        ]),
      },
    ],
  ]),
}

/** A conversation in Gemini's form. What names a mode, a type or a place at Google is no text. */
const GENERATE_CONTENT: Shape = {
  kept: set('model', 'cachedContent', 'cached_content', 'toolConfig', 'tool_config'),
  fields: new Map<string, Shape>([
    ['contents', CONTENT],
    ['systemInstruction', CONTENT],
    ['system_instruction', CONTENT],
    ['safetySettings', { kept: set('category', 'threshold', 'method') }],
    ['safety_settings', { kept: set('category', 'threshold', 'method') }],
  ]),
}
const COUNT_TOKENS: Shape = {
  kept: MODEL,
  fields: new Map<string, Shape>([
    ['contents', CONTENT],
    ['generateContentRequest', GENERATE_CONTENT],
    ['generate_content_request', GENERATE_CONTENT],
  ]),
}

const SOURCE: Shape = {
  kept: set('type', 'media_type', 'data', 'file_id'),
  inline: set('url'),
  types: new Map<string, Shape>([['text', { kept: set('type', 'media_type') }]]),
}
/** A block of a message; what is signed or encrypted is only taken back unchanged. */
const block = (content?: Shape): Shape => ({
  kept: set('type', 'id', 'tool_use_id', 'signature', 'data', 'file_id', 'encrypted_content'),
  fields: new Map<string, Shape>([
    ['source', SOURCE],
    ['cache_control', { kept: set('type', 'ttl') }],
    ...(content === undefined ? [] : [['content', content] as const]),
  ]),
})
const BLOCK = block(block())

const MESSAGES: Shape = {
  kept: set('model', 'service_tier', 'inference_geo', 'speed'),
  fields: new Map<string, Shape>([
    ['messages', { kept: set('role'), fields: new Map([['content', BLOCK]]) }],
    ['system', BLOCK],
    ['tools', { kept: set('type', 'name') }],
    ['tool_choice', { kept: set('type', 'name') }],
    ['thinking', { kept: set('type', 'display') }],
    ['cache_control', { kept: set('type', 'ttl') }],
    [
      'output_config',
      { kept: set('effort'), fields: new Map([['format', { kept: set('type') }]]) },
    ],
  ]),
}

/** A moderation looks at texts, or at parts as chat has them. */
const MODERATION: Shape = { kept: MODEL, fields: new Map([['input', PART]]) }
const PLAIN: Shape = { kept: MODEL }

/**
 * For each operation, what of its params is no text. All other strings are, also in fields that
 * nobody has heard of yet.
 */
export const PARAM_SHAPES: Readonly<Record<Operation, Shape>> = {
  'chat.completions': CHAT,
  completions: PLAIN,
  embeddings: PLAIN,
  'images.generate': PLAIN,
  'images.edit': PLAIN,
  'images.createVariation': PLAIN,
  'audio.transcriptions': PLAIN,
  'audio.translations': PLAIN,
  'audio.speech': PLAIN,
  moderations: MODERATION,
  'responses.create': RESPONSES,
  'responses.inputTokens': RESPONSES,
  'messages.create': MESSAGES,
  'messages.countTokens': MESSAGES,
  'models.generateContent': GENERATE_CONTENT,
  'models.countTokens': COUNT_TOKENS,
  'models.list': PLAIN,
  'models.retrieve': PLAIN,
}

/** Params that may be token ids in place of text. */
export const TOKEN_PARAMS: ReadonlyMap<Operation, string> = new Map([
  ['completions', 'prompt'],
  ['embeddings', 'input'],
])
