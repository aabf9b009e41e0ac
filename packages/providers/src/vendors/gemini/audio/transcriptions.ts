import { ApiError } from '@sluice/core'
import type { Transcription, TranscriptionCreateParams } from '@sluice/core/wire'
import { FileInJson } from '../../../vendor-spec/file-in-json.ts'
import type {
  EncodeContext,
  EncodedRequest,
  OperationDialect,
} from '../../../vendor-spec/provider-spec.ts'
import { fromContentUsage } from '../../../emulation/generate-content/content-usage.ts'
import { mediaTypeOf } from '../encode/media-types.ts'
import { isObject } from '../json.ts'
import { modelPath } from '../model-path.ts'
import { responseParts } from '../response-parts.ts'

/** Formats that need times, which the model does not give. */
const TIMED = ['srt', 'vtt', 'verbose_json', 'diarized_json']
const DROPS = ['timestamp_granularities', 'include', 'chunking_strategy']

/**
 * Transcriptions by a model that hears: the sound goes along with the request to write down what is
 * said in it, as text.
 *
 * @throws ApiError 400 for formats with times
 */
export const transcriptions: OperationDialect<'audio.transcriptions'> = {
  drops: DROPS,
  encode: (params, context) =>
    encode(params, context, 'Write down what is said in this recording, word for word'),
  decode,
}

/** Translations into English, done as transcriptions are. */
export const translations: OperationDialect<'audio.translations'> = {
  drops: DROPS,
  encode: (params, context) =>
    encode(params, context, 'Translate what is said in this recording into English'),
  decode,
}

function encode(
  params: TranscriptionCreateParams,
  { model }: EncodeContext,
  task: string,
): EncodedRequest {
  const { file, language, prompt, temperature, response_format: format } = params
  if (format !== undefined && TIMED.includes(format)) {
    const message = `This model gives no times, which response_format '${format}' needs; it takes 'json' and 'text'.`
    throw new ApiError('unsupported_parameter', { message, param: 'response_format' })
  }
  const sound = new FileInJson(file)
  const words = [
    `${task}, and answer with that text alone. Where nothing is said, answer with nothing.`,
    ...(language === undefined ? [] : [`The language is ${language}.`]),
    ...(prompt === undefined || prompt === ''
      ? []
      : [`It follows on this, whose spelling and style hold: ${prompt}`]),
  ]
  const mimeType = /^(?:audio|video)\//.test(file.contentType)
    ? file.contentType
    : (mediaTypeOf(file.filename) ?? 'audio/wav')
  return {
    path: modelPath(model, 'generateContent'),
    files: [sound],
    body: {
      contents: [
        {
          role: 'user',
          parts: [{ text: words.join(' ') }, { inlineData: { mimeType, data: sound } }],
        },
      ],
      ...(temperature === undefined ? {} : { generationConfig: { temperature } }),
    },
  }
}

function decode(document: unknown): Transcription {
  const text = responseParts(document)
    .map((part) => (typeof part.text === 'string' && part.thought !== true ? part.text : ''))
    .join('')
    .trim()
  const usage =
    isObject(document) && isObject(document['usageMetadata'])
      ? fromContentUsage(document['usageMetadata'])
      : undefined
  if (usage === undefined) return { text }
  const audio = usage.prompt_tokens_details?.audio_tokens ?? 0
  return {
    text,
    usage: {
      type: 'tokens',
      input_tokens: usage.prompt_tokens,
      input_token_details: { audio_tokens: audio, text_tokens: usage.prompt_tokens - audio },
      output_tokens: usage.completion_tokens,
      total_tokens: usage.total_tokens,
    },
  }
}
