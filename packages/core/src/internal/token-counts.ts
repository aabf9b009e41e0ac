/**
 * About four bytes of UTF-8 make a token in the tokenizers in use: English needs fewer, code and
 * Chinese a few more.
 */
export const BYTES_PER_TOKEN = 4

/** Choices that one call may have, as OpenAI bounds them: each costs as much as a call. */
export const MAX_CHOICES = 128
