import type { Json } from '../../vendor-spec/json.ts'

/** `sluice:chat:` in base64, whose length leaves what follows as it is. */
const MARK = 'c2x1aWNlOmNoYXQ6'
const SIGNATURE = /^[A-Za-z0-9+/_-]+=*$/

/**
 * Returns the signature of a call for Gemini's clients, where the chat that made the call signed it
 * as Google's own chat does. It is marked, so that it comes back to chat and no other signature
 * does: vendors refuse fields that they do not know.
 */
export function toMarkedSignature(call: Json): string | undefined {
  const extra = call['extra_content'] as { google?: { thought_signature?: unknown } } | null
  const signature = extra?.google?.thought_signature
  return typeof signature === 'string' && SIGNATURE.test(signature) ? MARK + signature : undefined
}

/** Returns what a call holds in chat for a signature that came from there; nothing for others. */
export function fromMarkedSignature(signature: unknown): Json | undefined {
  if (typeof signature !== 'string' || !signature.startsWith(MARK)) return undefined
  const own = signature.slice(MARK.length)
  return SIGNATURE.test(own) ? { extra_content: { google: { thought_signature: own } } } : undefined
}
