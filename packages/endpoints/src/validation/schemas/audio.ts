import { z } from 'zod'
import type { FormShape } from '../../multipart/form-params.ts'
import { modelName, uploadedFile } from './fields.ts'

const text = z.string().max(100_000)
const texts = z.array(z.string().max(10_000)).max(64)

/** What the fields of `POST /audio/transcriptions` and `POST /audio/translations` stand for. */
export const transcriptionForm: FormShape = {
  file: 'file',
  temperature: 'number',
  stream: 'boolean',
  timestamp_granularities: 'texts',
  include: 'texts',
  keywords: 'texts',
  known_speaker_names: 'texts',
  known_speaker_references: 'texts',
  languages: 'texts',
}

const common = {
  file: uploadedFile.refine(({ size }) => size > 0, { error: 'The file is empty.' }),
  model: modelName,
  prompt: text.optional(),
  temperature: z.number().min(0).max(1).optional(),
}

/** The form of `POST /audio/transcriptions`. Unknown fields pass. */
export const transcriptionParams = z.looseObject({
  ...common,
  language: z.string().max(64).optional(),
  response_format: z
    .enum(['json', 'text', 'srt', 'verbose_json', 'vtt', 'diarized_json'])
    .optional(),
  stream: z.boolean().optional(),
  timestamp_granularities: z
    .array(z.enum(['word', 'segment']))
    .max(2)
    .optional(),
  include: texts.optional(),
})

/** The form of `POST /audio/translations`. Unknown fields pass. */
export const translationParams = z.looseObject({
  ...common,
  response_format: z.enum(['json', 'text', 'srt', 'verbose_json', 'vtt']).optional(),
})

/** The body of `POST /audio/speech`; its text has at most 4,096 characters. Unknown fields pass. */
export const speechParams = z.looseObject({
  model: modelName,
  input: z.string().min(1).max(4096),
  voice: z.union([z.string().min(1).max(256), z.looseObject({ id: z.string().min(1).max(256) })]),
  instructions: z.string().max(4096).optional(),
  response_format: z.enum(['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm']).optional(),
  speed: z.number().min(0.25).max(4).optional(),
  stream_format: z.enum(['sse', 'audio']).optional(),
})
