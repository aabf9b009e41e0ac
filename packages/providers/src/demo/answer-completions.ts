import type { Clock } from '@sluice/core'
import { Observable } from 'rxjs'
import { completionsOverChat } from '../operations/completions-over-chat.ts'
import { answerChat } from './answer-chat.ts'
import type { Answerer } from './answerer.ts'

/** Answers legacy completions as chat would, each prompt in a turn of its own, so that many hold nobody else up. */
export const answerCompletions: Answerer<'completions'> = (call, context) =>
  completionsOverChat(call.model === '' ? { ...call, model: 'demo' } : call, {
    chat: (one) => inNextTurn(context.clock, () => answerChat(one, context)),
    createdSeconds: Math.floor(context.clock.wall() / 1000),
  })

function inNextTurn<T>(clock: Clock, make: () => Observable<T>): Observable<T> {
  return new Observable((subscriber) => {
    const timer = clock.setTimeout(() => {
      try {
        subscriber.add(make().subscribe(subscriber))
      } catch (error) {
        // Thrown out of a timer it would end the process.
        subscriber.error(error)
      }
    }, 0)
    return () => clock.clearTimeout(timer)
  })
}
