/** What the head of a part says. */
export interface PartHead {
  /** Empty where it has none. */
  readonly name: string
  /** Absent where the part is no file. */
  readonly filename: string | undefined
  /** Lower case, without parameters. */
  readonly contentType: string
}

const PARAM = /;\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\[^])*)"|([^;\s"]*))/g
const MAX_FILENAME = 200

/**
 * Reads the head of a part. Header values come byte by byte (latin1) and are UTF-8, as browsers
 * send them; `filename*` (RFC 5987) wins. Of a file's name only what stands behind the last slash
 * is kept, without control characters, and of a long one its end.
 */
export function readPartHead(
  header: Readonly<Record<string, readonly string[] | undefined>>,
): PartHead {
  const disposition = header['content-disposition']?.[0] ?? ''
  const type = header['content-type']?.[0] ?? ''
  const params = new Map<string, string>()
  if (/^\s*form-data\s*(?:;|$)/i.test(disposition)) {
    for (const [, name, quoted, plain] of disposition.matchAll(PARAM)) {
      const value = quoted === undefined ? (plain ?? '') : unquoted(quoted)
      if (!params.has(name!.toLowerCase())) params.set(name!.toLowerCase(), utf8(value))
    }
  }
  const contentType = /^\s*([\w!#$&^.+-]+\/[\w!#$&^.+-]+)\s*(?:;|$)/.exec(type)?.[1]?.toLowerCase()
  const filename = extended(params.get('filename*')) ?? params.get('filename')
  const isFile = filename !== undefined || contentType === 'application/octet-stream'
  return {
    name: params.get('name') ?? '',
    filename: isFile ? safeFilename(filename ?? '') : undefined,
    contentType: contentType ?? (isFile ? 'application/octet-stream' : 'text/plain'),
  }
}

/** A file's name without any folder, control character or excess. */
export function safeFilename(filename: string): string {
  const name = filename.replace(/^.*[/\\]/s, '').replace(/[\p{Cc}\p{Surrogate}\u2028\u2029]/gu, '')
  return /^\.*$/.test(name) ? 'file' : Array.from(name).slice(-MAX_FILENAME).join('')
}

/**
 * Browsers escape a quote as `%22`, others by a backslash; any other backslash belongs to the name.
 */
function unquoted(text: string): string {
  return text.replace(/\\(["\\])/g, '$1').replaceAll('%22', '"')
}

function utf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8')
}

function extended(value: string | undefined): string | undefined {
  const encoded = value === undefined ? undefined : /^utf-8'[^']*'(.*)$/is.exec(value)?.[1]
  if (encoded === undefined) return undefined
  try {
    return decodeURIComponent(encoded)
  } catch {
    return undefined
  }
}
