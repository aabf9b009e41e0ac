import type { DialectForm } from './dialect-form.ts'

/** OpenAI's framing. Its clients take a bare end for success, so a failure is a frame. */
export const openaiForm: DialectForm = {
  dialect: 'openai',
  heartbeat: new TextEncoder().encode(': ping\n\n'),
  done: true,
  errorFrame: (error) => `data: ${JSON.stringify(error.toBody())}\n\n`,
}
