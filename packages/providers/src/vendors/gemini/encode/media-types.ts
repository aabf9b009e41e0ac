import { isTextType } from '../../../vendor-spec/media-type.ts'

const BY_EXTENSION: ReadonlyMap<string, string> = new Map([
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['webp', 'image/webp'],
  ['gif', 'image/gif'],
  ['heic', 'image/heic'],
  ['heif', 'image/heif'],
  ['bmp', 'image/bmp'],
  ['svg', 'image/svg+xml'],
  ['pdf', 'application/pdf'],
  ['json', 'application/json'],
  ['txt', 'text/plain'],
  ['md', 'text/markdown'],
  ['html', 'text/html'],
  ['csv', 'text/csv'],
  ['wav', 'audio/wav'],
  ['mp3', 'audio/mp3'],
  ['aac', 'audio/aac'],
  ['flac', 'audio/flac'],
  ['ogg', 'audio/ogg'],
  ['aiff', 'audio/aiff'],
  ['m4a', 'audio/mp4'],
  ['mp4', 'video/mp4'],
  ['mpeg', 'video/mpeg'],
  ['mov', 'video/quicktime'],
  ['avi', 'video/x-msvideo'],
  ['webm', 'video/webm'],
  ['wmv', 'video/x-ms-wmv'],
  ['3gp', 'video/3gpp'],
])

/** The media type that the name of a file or the path of a URL tells, where it tells any. */
export function mediaTypeOf(name: string): string | undefined {
  const end = name.search(/[?#]/)
  const path = end < 0 ? name : name.slice(0, end)
  const extension = /^[a-z0-9]+$/i.exec(path.slice(path.lastIndexOf('.') + 1).slice(0, 8))?.[0]
  return extension === undefined ? undefined : BY_EXTENSION.get(extension.toLowerCase())
}

/**
 * The media type of an `input_audio` part. `pcm16` is raw, 24 kHz and mono, as OpenAI defines it.
 */
export function audioTypeOf(format: string): string {
  return format === 'pcm16'
    ? 'audio/L16;rate=24000'
    : (BY_EXTENSION.get(format.toLowerCase()) ?? `audio/${format}`)
}

/** Kinds of files that can be sent along, by the beginning of their type. */
const CARRIED = ['image/', 'audio/', 'video/', 'text/', 'application/pdf']

/**
 * The media type by which Gemini takes inline data; `undefined` where it takes none such. Text that
 * goes by a name other than `text/…` it refuses, and reads as plain text all the same.
 */
export function carriedType(type: string): string | undefined {
  if (isTextType(type) && !type.startsWith('text/')) return 'text/plain'
  return CARRIED.some((start) => type.startsWith(start)) && !type.endsWith('*') ? type : undefined
}
