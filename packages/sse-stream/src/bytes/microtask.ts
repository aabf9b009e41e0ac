const settled = Promise.resolve()

/**
 * Calls back in a microtask. This costs a tenth of Node's `queueMicrotask`, which makes an async
 * resource each time.
 */
export function inMicrotask(callback: () => void): void {
  void settled.then(callback)
}
