import { GoogleGenAI as Current } from '@google/genai'
import { GoogleGenAI as Older } from 'genai-1'

/** What the tests use of Google's library, which the versions have alike. */
export type GoogleLibrary = typeof Current

/** Google's library as it is, and as gemini-cli has it. */
export const libraries: readonly (readonly [string, GoogleLibrary])[] = [
  ['@google/genai 3', Current],
  ['@google/genai 1', Older as unknown as GoogleLibrary],
]
