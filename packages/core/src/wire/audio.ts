import type { UploadedFile } from './uploaded-file.ts'

/** The form of `POST /audio/transcriptions` and `POST /audio/translations`. */
export interface TranscriptionCreateParams {
  model: string
  file: UploadedFile
  language?: string
  prompt?: string
  response_format?: 'json' | 'text' | 'srt' | 'verbose_json' | 'vtt' | 'diarized_json'
  temperature?: number
  stream?: boolean
  timestamp_granularities?: readonly string[]
  include?: readonly string[]
  [field: string]: unknown
}

/** The answer in JSON, plain or verbose; the other formats are text. */
export interface Transcription {
  text: string
  [field: string]: unknown
}

/** One event of a streamed transcription: `transcript.text.delta`, `transcript.text.done`. */
export interface TranscriptionStreamEvent {
  type: string
  [field: string]: unknown
}

/** The body of `POST /audio/speech`. */
export interface SpeechCreateParams {
  model: string
  input: string
  voice: string | { id: string }
  instructions?: string
  response_format?: 'mp3' | 'opus' | 'aac' | 'flac' | 'wav' | 'pcm'
  speed?: number
  stream_format?: 'sse' | 'audio'
  [field: string]: unknown
}

/** One event of speech as SSE: `speech.audio.delta`, `speech.audio.done`. */
export interface SpeechStreamEvent {
  type: string
  [field: string]: unknown
}
