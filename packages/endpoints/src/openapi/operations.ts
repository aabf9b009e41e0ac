import type { Operation } from '@sluice/core'
import type { ResponseName } from './response-schemas.ts'

/** What the document says of an operation beside its path and params. */
export interface DescribedOperation {
  /** OpenAI's own `operationId`. */
  readonly id: string
  readonly tag: string
  readonly summary: string
  /** The answer as JSON, where it can be. */
  readonly answer?: ResponseName
  /** The events of a streamed answer, where it can be streamed. */
  readonly event?: ResponseName
  /** Other media types that an answer may have. */
  readonly media?: readonly string[]
}

const SUBTITLES = ['text/plain', 'text/vtt']
const SOUND = ['audio/mpeg', 'audio/opus', 'audio/aac', 'audio/flac', 'audio/wav', 'audio/pcm']

/** Every operation, as OpenAI names it. */
export const describedOperations: Readonly<Record<Operation, DescribedOperation>> = {
  'chat.completions': {
    id: 'createChatCompletion',
    tag: 'Chat',
    summary: 'Answers a conversation, whole or as a stream.',
    answer: 'ChatCompletion',
    event: 'ChatCompletionChunk',
  },
  completions: {
    id: 'createCompletion',
    tag: 'Completions',
    summary: 'Continues a text (legacy).',
    answer: 'Completion',
    event: 'Completion',
  },
  embeddings: {
    id: 'createEmbedding',
    tag: 'Embeddings',
    summary: 'Turns texts into vectors.',
    answer: 'EmbeddingList',
  },
  'images.generate': {
    id: 'createImage',
    tag: 'Images',
    summary: 'Draws pictures.',
    answer: 'Images',
    event: 'ImageEvent',
  },
  'images.edit': {
    id: 'createImageEdit',
    tag: 'Images',
    summary: 'Changes pictures.',
    answer: 'Images',
    event: 'ImageEvent',
  },
  'images.createVariation': {
    id: 'createImageVariation',
    tag: 'Images',
    summary: 'Varies a picture.',
    answer: 'Images',
  },
  'audio.transcriptions': {
    id: 'createTranscription',
    tag: 'Audio',
    summary: 'Writes down what is said.',
    answer: 'Transcription',
    event: 'TranscriptionEvent',
    media: SUBTITLES,
  },
  'audio.translations': {
    id: 'createTranslation',
    tag: 'Audio',
    summary: 'Writes down in English what is said.',
    answer: 'Transcription',
    media: SUBTITLES,
  },
  'audio.speech': {
    id: 'createSpeech',
    tag: 'Audio',
    summary: 'Speaks a text.',
    event: 'SpeechEvent',
    media: SOUND,
  },
  moderations: {
    id: 'createModeration',
    tag: 'Moderations',
    summary: 'Tells whether a text may do harm.',
    answer: 'Moderation',
  },
  'responses.create': {
    id: 'createResponse',
    tag: 'Responses',
    summary: 'Makes a response, whole, as a stream or in the background.',
    answer: 'Response',
    event: 'ResponseEvent',
  },
  'responses.inputTokens': {
    id: 'countResponseInputTokens',
    tag: 'Responses',
    summary: 'Counts the tokens that a response would take in.',
  },
  'messages.create': {
    id: 'createMessage',
    tag: 'Messages',
    summary: "Answers a conversation in Anthropic's form, whole or as a stream.",
  },
  'messages.countTokens': {
    id: 'countMessageTokens',
    tag: 'Messages',
    summary: 'Counts the tokens of a conversation.',
  },
  'models.generateContent': {
    id: 'generateContent',
    tag: 'Gemini',
    summary: "Answers a conversation in Gemini's form, whole or as a stream.",
  },
  'models.countTokens': {
    id: 'countTokens',
    tag: 'Gemini',
    summary: 'Counts the tokens of contents.',
  },
  'models.list': {
    id: 'listModels',
    tag: 'Models',
    summary: 'Lists the models that this key may use.',
    answer: 'Models',
  },
  'models.retrieve': {
    id: 'retrieveModel',
    tag: 'Models',
    summary: 'Describes a model.',
    answer: 'Model',
  },
}

/** Paths that ask an operation for something of their own. */
export const describedPaths: ReadonlyMap<string, DescribedOperation> = new Map([
  [
    '/responses/compact',
    {
      id: 'compactConversation',
      tag: 'Responses',
      summary: 'Puts a conversation into one item that stands for it.',
    },
  ],
])
