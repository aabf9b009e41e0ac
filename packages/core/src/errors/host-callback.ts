/** Whether a value is a promise, of whichever kind. Throws what a getter named `then` throws. */
export function isPromiseLike<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  return typeof (value as { then?: unknown }).then === 'function'
}

/**
 * Takes a promise off the process's hands: its rejection is told to `onRejected`, and is no
 * unhandled one. Says whether the value was a promise at all. Never throws.
 */
export function disown(value: unknown, onRejected: (error: unknown) => void = () => {}): boolean {
  try {
    if (!isPromiseLike(value)) return false
  } catch (error) {
    onRejected(error)
    return true
  }
  // By way of a promise of our own, because `then` of a foreign one may throw, or call back as
  // often as it likes.
  Promise.resolve(value).then(undefined, onRejected)
  return true
}

/** Tells a listener of the host something. What it throws, or rejects with, harms nobody. */
export function tellHost<Args extends readonly unknown[]>(
  listener: ((...args: Args) => unknown) | undefined,
  ...args: Args
): void {
  if (listener === undefined) return
  try {
    disown(listener(...args))
  } catch {
    // A listener that fails must not fail what it is told about.
  }
}
