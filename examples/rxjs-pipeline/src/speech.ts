import { call, type Handler } from '@sluice/core'
import { bySentence, pickText } from '@sluice/sse-stream'
import { filter, map, type Observable } from 'rxjs'

/**
 * Sentences as they become whole, ready to be spoken while the rest is still being written.
 * Unsubscribing stops the upstream.
 */
export function speech(handler: Handler, question: string): Observable<string> {
  const messages = [{ role: 'user' as const, content: question }]
  return handler(call('chat.completions', { model: 'demo-large', stream: true, messages })).pipe(
    pickText(),
    bySentence(),
    map((sentence) => sentence.trim()),
    // A blank line between paragraphs is nothing to say.
    filter((sentence) => sentence !== ''),
  )
}
