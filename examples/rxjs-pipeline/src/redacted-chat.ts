import { call, type Handler } from '@sluice/core'
import type { ChatCompletionMessageParam } from '@sluice/core/wire'
import { pickText, redactValue, RedactionVault, reidentify } from '@sluice/sse-stream'
import { tap, type Observable } from 'rxjs'

const patterns = { card: /\b\d{16}\b/, mail: /[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}/ }

/**
 * A chat whose vendor never sees a card number or an address: they are replaced on the way out and
 * put back on the way in, for the caller alone. `log` is given the answer as the vendor wrote it.
 */
export function redactedChat(
  handler: Handler,
  messages: readonly ChatCompletionMessageParam[],
  log: (text: string) => void = () => {},
): Observable<string> {
  const vault = new RedactionVault()
  const safe = redactValue(messages, { patterns, vault })
  return handler(call('chat.completions', { model: 'demo', stream: true, messages: safe })).pipe(
    tap((batch) => log(batch.text())),
    reidentify(vault),
    pickText(),
  )
}
