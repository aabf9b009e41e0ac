import { wordTable } from '@sluice/core'

const BY_EXTENSION = wordTable<string>({
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
  heic: 'image/heic',
  heif: 'image/heif',
  bmp: 'image/bmp',
  svg: 'image/svg+xml',
  pdf: 'application/pdf',
  json: 'application/json',
  txt: 'text/plain',
  md: 'text/markdown',
  html: 'text/html',
  csv: 'text/csv',
  wav: 'audio/wav',
  mp3: 'audio/mp3',
  aac: 'audio/aac',
  flac: 'audio/flac',
  ogg: 'audio/ogg',
  aiff: 'audio/aiff',
  m4a: 'audio/mp4',
  mp4: 'video/mp4',
  mpeg: 'video/mpeg',
  mov: 'video/quicktime',
  avi: 'video/x-msvideo',
  webm: 'video/webm',
  wmv: 'video/x-ms-wmv',
  '3gp': 'video/3gpp',
})

/** The media type that the name of a file or the path of a URL tells, where it tells any. */
export function mediaTypeOf(name: string): string | undefined {
  const end = name.search(/[?#]/)
  return (end < 0 ? undefined : byExtension(name.slice(0, end))) ?? byExtension(name)
}

function byExtension(name: string): string | undefined {
  const dot = name.lastIndexOf('.')
  return dot < 0 ? undefined : BY_EXTENSION.get(name.slice(dot + 1).toLowerCase())
}

/** The media type of an `input_audio` part. `pcm16` is raw, 24 kHz and mono, as OpenAI defines it. */
export function audioTypeOf(format: string): string {
  return format === 'pcm16' ? 'audio/L16;rate=24000' : (BY_EXTENSION.get(format.toLowerCase()) ?? `audio/${format}`)
}
