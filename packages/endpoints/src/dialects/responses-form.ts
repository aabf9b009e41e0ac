import type { DialectForm } from './dialect-form.ts'
import { openaiForm } from './openai-form.ts'

/**
 * The framing of OpenAI's Responses API. Codex gives a stream up that brings no event for five
 * minutes, whatever comments it brings; OpenAI's own libraries read over an event of this type.
 */
export const responsesForm: DialectForm = {
  ...openaiForm,
  heartbeat: new TextEncoder().encode('event: keepalive\ndata: {"type":"keepalive"}\n\n'),
  done: false,
}
