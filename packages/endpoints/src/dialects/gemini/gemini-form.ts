import type { DialectForm } from '../dialect-form.ts'

/**
 * Gemini's framing: bare `data:` lines. Google's libraries throw a response away that holds a
 * comment, a named event or `[DONE]`, and read over an empty line. An error in the middle gemini-cli
 * takes for the end of a whole response; a connection that breaks it does not.
 */
export const geminiForm: DialectForm = {
  dialect: 'gemini',
  heartbeat: new TextEncoder().encode('\n'),
  done: false,
  errorFrame: () => undefined,
}
