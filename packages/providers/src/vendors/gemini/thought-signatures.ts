/** How much is remembered. */
export interface ThoughtSignaturesOptions {
  /** @defaultValue 20_000 */
  readonly maxEntries?: number | undefined
  /** Characters over all signatures. @defaultValue 32 Mi */
  readonly maxCharacters?: number | undefined
}

/**
 * What Gemini takes instead of a signature where there is none, for calls that it did not make
 * itself (ai.google.dev, "Thought signatures").
 */
export const MISSING_SIGNATURE = 'skip_thought_signature_validator'

/**
 * The signatures of function calls, by the id of the call. Gemini 3 refuses a conversation whose
 * calls come back unsigned, and a plain OpenAI client echoes of a call nothing but id, name and
 * arguments. What was not used for longest goes first; a client that brings the signature itself
 * needs none of this.
 */
export class ThoughtSignatures {
  readonly #maxEntries: number
  readonly #maxCharacters: number
  readonly #byCall = new Map<string, string>()
  #characters = 0

  constructor(options: ThoughtSignaturesOptions = {}) {
    this.#maxEntries = options.maxEntries ?? 20_000
    this.#maxCharacters = options.maxCharacters ?? 32 * 1024 * 1024
  }

  remember(callId: string, signature: string): void {
    this.#forget(callId)
    if (signature.length > this.#maxCharacters) return
    this.#byCall.set(callId, signature)
    this.#characters += signature.length
    for (const oldest of this.#byCall.keys()) {
      if (this.#byCall.size <= this.#maxEntries && this.#characters <= this.#maxCharacters) break
      this.#forget(oldest)
    }
  }

  recall(callId: string): string | undefined {
    const signature = this.#byCall.get(callId)
    if (signature === undefined) return undefined
    this.#byCall.delete(callId)
    this.#byCall.set(callId, signature)
    return signature
  }

  #forget(callId: string): void {
    const known = this.#byCall.get(callId)
    if (known === undefined) return
    this.#byCall.delete(callId)
    this.#characters -= known.length
  }
}

/**
 * A signature as Google's own OpenAI-compatible API shows it, for clients that echo whole messages.
 */
export function signatureFields(signature: string): {
  extra_content: { google: { thought_signature: string } }
} {
  return { extra_content: { google: { thought_signature: signature } } }
}

/** The signature that a message or a tool call brings along, where it looks like one. */
export function signatureIn(echoed: Readonly<Record<string, unknown>>): string | undefined {
  const extra = echoed['extra_content'] as
    | { google?: { thought_signature?: unknown } }
    | null
    | undefined
  const signature = extra?.google?.thought_signature
  return typeof signature === 'string' && /^[A-Za-z0-9+/_-]+=*$/.test(signature)
    ? signature
    : undefined
}
