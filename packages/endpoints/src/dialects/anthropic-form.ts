import { errorBody } from '@sluice/core/internal'
import type { DialectForm } from './dialect-form.ts'

/** Anthropic's framing: named events, `ping` among them. */
export const anthropicForm: DialectForm = {
  dialect: 'anthropic',
  heartbeat: new TextEncoder().encode('event: ping\ndata: {"type":"ping"}\n\n'),
  done: false,
  errorFrame: (error, requestId) =>
    `event: error\ndata: ${JSON.stringify(errorBody(error, 'anthropic', requestId))}\n\n`,
}
