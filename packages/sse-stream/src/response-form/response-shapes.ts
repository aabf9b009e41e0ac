import type { Shape } from './shape.ts'

const set = (...names: readonly string[]): ReadonlySet<string> => new Set(names)

/** A part of a message, of a summary, or of the thoughts themselves. */
const PART: Shape = {
  kept: set('type', 'file_id', 'container_id'),
  // Sound says what the text says, and nobody can change it.
  spelled: set('logprobs', 'data'),
}

const ITEM_WORDS = [
  'id',
  'type',
  'role',
  'status',
  'call_id',
  'approval_request_id',
  'container_id',
] as const

/** An item of a response's output. */
const ITEM: Shape = {
  kept: set(...ITEM_WORDS),
  fields: new Map([
    ['content', PART],
    ['summary', PART],
    ['outputs', { kept: set('type'), inline: set('url') }],
    ['output', { kept: set('type', 'file_id'), inline: set('image_url', 'file_data') }],
  ]),
  types: new Map<string, Shape>([
    ['image_generation_call', { kept: set(...ITEM_WORDS, 'result') }],
    [
      'reasoning',
      {
        kept: set(...ITEM_WORDS, 'encrypted_content'),
        fields: new Map([
          ['content', PART],
          ['summary', PART],
        ]),
      },
    ],
    ['compaction', { kept: set(...ITEM_WORDS, 'encrypted_content') }],
  ]),
}

/** Texts of a response, on its way or whole: its output, and what it repeats of the request. */
export const RESPONSE: Shape = {
  kept: set('id', 'object', 'status', 'model', 'previous_response_id', 'service_tier', 'usage'),
  fields: new Map<string, Shape>([
    ['output', ITEM],
    ['input', ITEM],
    ['instructions', ITEM],
    ['conversation', { kept: set('id') }],
    ['prompt', { kept: set('id', 'version') }],
    ['text', { fields: new Map([['format', { kept: set('type') }]]) }],
    ['tools', { kept: set('type') }],
  ]),
}

/** A picture or document: one of text is text. */
const SOURCE: Shape = {
  kept: set('type', 'media_type', 'data', 'file_id'),
  types: new Map([['text', { kept: set('type', 'media_type') }]]),
}
const RESULT: Shape = {
  kept: set('type', 'id', 'tool_use_id', 'file_id', 'encrypted_content', 'encrypted_stdout'),
  fields: new Map([['source', SOURCE]]),
}
const CITATION: Shape = { kept: set('type', 'file_id', 'encrypted_index') }
/** A block of a message; what Anthropic has signed or encrypted it only takes back unchanged. */
const BLOCK: Shape = {
  kept: set('type', 'id', 'tool_use_id', 'signature', 'data', 'file_id', 'encrypted_content'),
  fields: new Map<string, Shape>([
    ['content', RESULT],
    ['source', SOURCE],
    ['citations', CITATION],
    ['caller', { kept: set('type', 'tool_id') }],
  ]),
}

/** Texts of a message, on its way or whole. */
export const MESSAGE: Shape = {
  kept: set('id', 'type', 'role', 'model', 'stop_reason', 'usage', 'container'),
  fields: new Map([['content', BLOCK]]),
}

/** Texts of an event that says its own name: of a response, a message, a transcription, a picture, speech. */
export const TYPED_EVENT: Shape = {
  kept: set(
    'type',
    'event_id',
    'item_id',
    'response_id',
    'usage',
    'partial_image_b64',
    'b64_json',
    'audio',
  ),
  spelled: set('logprobs'),
  fields: new Map<string, Shape>([
    ['response', RESPONSE],
    ['message', MESSAGE],
    ['content_block', BLOCK],
    [
      'delta',
      { kept: set('type', 'stop_reason', 'signature'), fields: new Map([['citation', CITATION]]) },
    ],
    ['item', ITEM],
    ['part', PART],
    ['annotation', { kept: set('type', 'file_id', 'container_id') }],
  ]),
}

/** Texts of any other whole answer: a transcription's, a picture's prompt as it was revised. */
export const OTHER_DOCUMENT: Shape = {
  kept: set('id', 'object', 'model', 'usage'),
  spelled: set('logprobs', 'tokens'),
  fields: new Map<string, Shape>([
    ['data', { kept: set('id', 'object', 'b64_json', 'embedding') }],
    ['segments', { kept: set('id', 'type'), spelled: set('tokens', 'logprobs') }],
  ]),
  pieces: new Map([
    ['segments', 'text'],
    ['words', 'word'],
  ]),
}

const CONTENT_PART: Shape = {
  kept: set('thoughtSignature', 'thought_signature'),
  fields: new Map<string, Shape>([
    ['inlineData', { kept: set('mimeType', 'data') }],
    ['fileData', { kept: set('mimeType', 'fileUri') }],
    ['functionCall', { kept: set('id') }],
    ['functionResponse', { kept: set('id') }],
  ]),
}

/** Texts of a response in Gemini's form, whole or an event of it. */
export const CONTENT_RESPONSE: Shape = {
  kept: set('modelVersion', 'responseId', 'createTime', 'usageMetadata'),
  fields: new Map<string, Shape>([
    ['promptFeedback', { kept: set('blockReason') }],
    [
      'candidates',
      {
        kept: set('finishReason'),
        spelled: set('logprobsResult'),
        fields: new Map<string, Shape>([
          ['content', { kept: set('role'), fields: new Map([['parts', CONTENT_PART]]) }],
        ]),
      },
    ],
  ]),
}
