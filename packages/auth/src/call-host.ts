import type { ServerResponse } from 'node:http'
import type { Clock, Timer } from '@sluice/core'
import { isPromiseLike } from '@sluice/core/internal'

/** What came of a question to the host. */
export type HostResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: unknown }

/** How long the host may take, and by whose time. */
export interface AskHostOptions {
  readonly clock: Clock
  readonly timeoutMs: number
}

/**
 * Asks a function of the host something about a request, and tells what came of it exactly once: at
 * once where the function returns, later where it promises. A promise that rejects or does not
 * settle in time is a failure, and so is one whose `then` throws. When the client leaves first, the
 * signal is aborted and nothing is told.
 */
export function callHost<T>(
  res: ServerResponse,
  ask: (signal: AbortSignal) => T | PromiseLike<T>,
  { clock, timeoutMs }: AskHostOptions,
  tell: (answer: HostResult<T>) => void,
): void {
  const controller = new AbortController()
  let answer: HostResult<T> | undefined
  let promised: PromiseLike<T> | undefined
  try {
    const asked = ask(controller.signal)
    if (isPromiseLike(asked)) promised = asked
    else answer = { ok: true, value: asked }
  } catch (error) {
    answer = { ok: false, error }
  }
  if (promised === undefined) return tell(answer!)
  let pending = true
  let timer: Timer
  const finish = (): boolean => {
    if (!pending) return false
    pending = false
    clock.clearTimeout(timer)
    res.off('close', leave)
    return true
  }
  const leave = () => {
    if (finish()) controller.abort()
  }
  // What follows is the host's code too; outside the promise, what it throws is no unhandled
  // rejection.
  const settle = (settled: HostResult<T>) => {
    if (finish()) queueMicrotask(() => tell(settled))
  }
  res.once('close', leave)
  timer = clock.setTimeout(() => {
    if (!finish()) return
    controller.abort()
    tell({ ok: false, error: new Error(`No answer within ${timeoutMs} ms.`) })
  }, timeoutMs)
  // By way of a promise of our own, because `then` of a foreign one may throw.
  Promise.resolve(promised).then(
    (value) => settle({ ok: true, value }),
    (error: unknown) => settle({ ok: false, error }),
  )
}
