/** Bytes at a place of a file by which its kind is known. */
interface Signature {
  readonly at: number
  readonly bytes: string
  readonly mediaType: string
  /** Bytes that any text may begin with; they do not speak against a type that says text. */
  readonly isWeak?: boolean
}

const SIGNATURES: readonly Signature[] = [
  { at: 0, bytes: '\x89PNG\r\n\x1a\n', mediaType: 'image/png' },
  { at: 0, bytes: '\xff\xd8\xff', mediaType: 'image/jpeg' },
  { at: 0, bytes: 'GIF87a', mediaType: 'image/gif' },
  { at: 0, bytes: 'GIF89a', mediaType: 'image/gif' },
  { at: 8, bytes: 'WEBP', mediaType: 'image/webp' },
  { at: 8, bytes: 'WAVE', mediaType: 'audio/wav' },
  { at: 8, bytes: 'AVI ', mediaType: 'video/x-msvideo' },
  { at: 0, bytes: '%PDF-', mediaType: 'application/pdf' },
  { at: 0, bytes: 'ID3', mediaType: 'audio/mp3', isWeak: true },
  { at: 0, bytes: 'fLaC', mediaType: 'audio/flac' },
  { at: 0, bytes: 'OggS', mediaType: 'audio/ogg' },
  { at: 8, bytes: 'AIFF', mediaType: 'audio/aiff' },
  { at: 8, bytes: 'AIFC', mediaType: 'audio/aiff' },
  { at: 0, bytes: '\x1aE\xdf\xa3', mediaType: 'video/webm' },
  { at: 0, bytes: 'II*\0', mediaType: 'image/tiff' },
  { at: 0, bytes: 'MM\0*', mediaType: 'image/tiff' },
  { at: 0, bytes: 'BM', mediaType: 'image/bmp', isWeak: true },
  { at: 0, bytes: '\xff\xfb', mediaType: 'audio/mp3' },
  { at: 0, bytes: '\xff\xf3', mediaType: 'audio/mp3' },
  { at: 0, bytes: '\xff\xf2', mediaType: 'audio/mp3' },
  { at: 0, bytes: '\xff\xf1', mediaType: 'audio/aac' },
  { at: 0, bytes: '\xff\xf9', mediaType: 'audio/aac' },
]

/** What stands between `RIFF` or `FORM` and the kind is a length. */
const CONTAINERS: ReadonlySet<string> = new Set(['RIFF', 'FORM'])

/** The kinds of files that begin with a box `ftyp` (ISO 14496-12), by the brand in it. */
const BRANDS: ReadonlyMap<string, string> = new Map([
  ['heic', 'image/heic'],
  ['heix', 'image/heic'],
  ['hevc', 'image/heic'],
  ['heim', 'image/heic'],
  ['mif1', 'image/heif'],
  ['msf1', 'image/heif'],
  ['avif', 'image/avif'],
  ['avis', 'image/avif'],
  ['M4A ', 'audio/mp4'],
  ['M4B ', 'audio/mp4'],
  ['qt  ', 'video/quicktime'],
  ['3gp4', 'video/3gpp'],
  ['3gp5', 'video/3gpp'],
])

/** Boxes that sound alone is put in, too. */
const SOUND_IN_VIDEO: ReadonlyMap<string, string> = new Map([
  ['video/mp4', 'audio/mp4'],
  ['video/webm', 'audio/webm'],
])

/** Text beside `text/…`. */
const TEXT: ReadonlySet<string> = new Set([
  'application/graphql',
  'application/javascript',
  'application/json',
  'application/jsonl',
  'application/rtf',
  'application/sql',
  'application/toml',
  'application/typescript',
  'application/x-javascript',
  'application/x-ndjson',
  'application/x-sh',
  'application/x-yaml',
  'application/xml',
  'application/yaml',
])

const TEXT_ENDS = ['+json', '+xml', '+yaml']

/** What files are called of which nothing is known. */
const UNKNOWN: ReadonlySet<string> = new Set(['', 'application/octet-stream'])

/** Some software puts a mark or blank lines in front of a document. */
const LATE_PDF = /^(?:\xef\xbb\xbf)?\s{0,200}%PDF-/

/** Other words for the types that vendors know. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['binary/octet-stream', 'application/octet-stream'],
  ['application/x-octet-stream', 'application/octet-stream'],
  ['application/unknown', 'application/octet-stream'],
  ['image/jpg', 'image/jpeg'],
  ['image/pjpeg', 'image/jpeg'],
  ['image/x-png', 'image/png'],
  ['image/apng', 'image/png'],
  ['image/x-webp', 'image/webp'],
  ['image/svg', 'image/svg+xml'],
  ['image/x-ms-bmp', 'image/bmp'],
  ['application/x-pdf', 'application/pdf'],
  ['audio/x-wav', 'audio/wav'],
  ['audio/wave', 'audio/wav'],
  ['audio/vnd.wave', 'audio/wav'],
  ['audio/x-mp3', 'audio/mp3'],
  ['audio/x-mpeg', 'audio/mp3'],
  ['audio/mpeg3', 'audio/mp3'],
  ['audio/x-flac', 'audio/flac'],
  ['audio/x-aiff', 'audio/aiff'],
  ['audio/x-aac', 'audio/aac'],
  ['audio/x-m4a', 'audio/mp4'],
  ['audio/m4a', 'audio/mp4'],
])

/**
 * The media type of inline data: what its first bytes say, else what is declared, in the form
 * that vendors know. Vendors compare the two and refuse a PNG that is called a JPEG, and clients
 * name screenshots and renamed files wrongly, or do not name them at all.
 *
 * @param declared As in a `Content-Type`; parameters are left away.
 */
export function mediaTypeByBytes(declared: string, base64: string): string {
  const named = plainType(declared)
  const seen = signatureOf(base64, named)
  if (seen === undefined) return named
  if (seen === 'audio/mp3' && named === 'audio/mpeg') return named
  const asSound = SOUND_IN_VIDEO.get(seen)
  return asSound !== undefined && named.startsWith('audio/') ? asSound : seen
}

/** A media type in lower case, without parameters, by the word that vendors know it by. */
export function plainType(declared: string): string {
  const end = declared.indexOf(';')
  const type = (end < 0 ? declared : declared.slice(0, end)).trim().toLowerCase()
  return ALIASES.get(type) ?? type
}

/** Whether what a type names is text. */
export function isTextType(type: string): boolean {
  return type.startsWith('text/') || TEXT.has(type) || TEXT_ENDS.some((end) => type.endsWith(end))
}

function signatureOf(base64: string, named: string): string | undefined {
  const beginning = Buffer.from(base64.slice(0, 344), 'base64')
  const head = beginning.toString('latin1')
  const looksLikeText = isText(beginning)
  const mayBeText = looksLikeText || isTextType(named)
  for (const { at, bytes, mediaType, isWeak } of SIGNATURES) {
    if (!head.startsWith(bytes, at) || (isWeak === true && mayBeText)) continue
    if (at === 0 || CONTAINERS.has(head.slice(0, 4))) return mediaType
  }
  if (head.startsWith('ftyp', 4)) return BRANDS.get(head.slice(8, 12)) ?? 'video/mp4'
  if (LATE_PDF.test(head)) return 'application/pdf'
  // Text that says nothing of its kind, or is called another picture.
  const isPicture = named.startsWith('image/') || named === 'application/octet-stream'
  if (isPicture && head.includes('<svg')) return 'image/svg+xml'
  return UNKNOWN.has(named) && looksLikeText ? 'text/plain' : undefined
}

/**
 * Whether a beginning has only bytes that text has: of the control characters blanks and escapes.
 */
function isText(head: Buffer): boolean {
  return (
    head.length > 0 &&
    head.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0x1b)
  )
}
