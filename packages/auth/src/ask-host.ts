import type { ServerResponse } from 'node:http'
import type { Clock, Timer } from '@sluice/core'

/** What came of a question to the host. */
export type HostAnswer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown }

/** How long the host may take, and by whose time. */
export interface AskHostOptions {
  readonly clock: Clock
  readonly timeoutMs: number
}

/**
 * Asks a function of the host something about a request, and tells what came of it exactly once: at once where the
 * function returns, later where it promises. A promise that rejects or does not settle in time is a failure. When the
 * client leaves first, the signal is aborted and nothing is told.
 */
export function askHost<T>(
  res: ServerResponse,
  ask: (signal: AbortSignal) => T | PromiseLike<T>,
  { clock, timeoutMs }: AskHostOptions,
  tell: (answer: HostAnswer<T>) => void,
): void {
  const controller = new AbortController()
  let asked: T | PromiseLike<T>
  try {
    asked = ask(controller.signal)
  } catch (error) {
    tell({ ok: false, error })
    return
  }
  if (!isPromiseLike(asked)) {
    tell({ ok: true, value: asked })
    return
  }
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
  // What follows is the host's code too; outside the promise, what it throws is no unhandled rejection.
  const settle = (answer: HostAnswer<T>) => {
    if (finish()) queueMicrotask(() => tell(answer))
  }
  res.once('close', leave)
  timer = clock.setTimeout(() => {
    if (!finish()) return
    controller.abort()
    tell({ ok: false, error: new Error(`No answer within ${timeoutMs} ms.`) })
  }, timeoutMs)
  asked.then(
    (value) => settle({ ok: true, value }),
    (error: unknown) => settle({ ok: false, error }),
  )
}

/** Whether a value is a promise, of whichever kind. */
export function isPromiseLike<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
