const SECRETS: readonly RegExp[] = [
  /\b(?:sk|pk|rk|xai|gsk|key|AIza)[-_]?[A-Za-z0-9][A-Za-z0-9_-]{14,}/g,
  /\bBearer\s+[^\s"',;]+/gi,
  /([?&](?:key|api_key|apikey|token|access_token)=)[^&\s"']+/gi,
  /\b(?:https?|wss?):\/\/[^\s"'<>]+/gi,
  /\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\b/g,
]

/**
 * Blanks without line ends: with them, each of many empty lines would be looked over from every one
 * before it.
 */
const STACK_LINES = /\n[^\S\n]+at .*/g

/**
 * A vendor's words without keys, bearer credentials, addresses and stack lines, and without `known`
 * secrets; at most 1,000 characters.
 */
export function scrubSecrets(text: string, known: readonly string[] = []): string {
  let clean = text
  for (const secret of known) if (secret.length >= 4) clean = clean.replaceAll(secret, '[redacted]')
  for (const pattern of SECRETS) {
    clean = clean.replace(pattern, (_match: string, prefix?: unknown) =>
      typeof prefix === 'string' ? `${prefix}[redacted]` : '[redacted]',
    )
  }
  return clean.replace(STACK_LINES, '').slice(0, 1000)
}
