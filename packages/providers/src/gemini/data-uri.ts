const SCHEME = 'data'

/** Data that a URI carries inside itself. */
export interface InlineData {
  readonly mimeType: string
  /** Base64. */
  readonly data: string
}

/** Reads a data URI (RFC 2397); `undefined` for any other one. Data that is not base64 becomes it; no media type means plain text. */
export function parseDataUri(uri: string): InlineData | undefined {
  const colon = uri.indexOf(':')
  if (uri.slice(0, colon).toLowerCase() !== SCHEME) return undefined
  const comma = uri.indexOf(',', colon)
  if (comma < 0) return undefined
  const [mimeType = '', ...attributes] = uri.slice(colon + 1, comma).split(';')
  const rest = uri.slice(comma + 1)
  const isBase64 = attributes.some((attribute) => attribute.trim().toLowerCase() === 'base64')
  return {
    mimeType: mimeType === '' ? 'text/plain' : mimeType.toLowerCase(),
    data: isBase64 ? rest : Buffer.from(unescape(rest)).toString('base64'),
  }
}

/** A data URI that carries base64. */
export function formatDataUri({ mimeType, data }: InlineData): string {
  return `${SCHEME}:${mimeType};base64,${data}`
}

function unescape(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
