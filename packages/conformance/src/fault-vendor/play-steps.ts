import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { splitEvery } from '../fuzzing/split-bytes.ts'
import type { FaultStep } from './fault-step.ts'

/**
 * Does what a script says on a socket, until the script or the connection is over. `onSent` is told
 * of every write.
 */
export async function playSteps(
  socket: Socket,
  steps: readonly FaultStep[],
  onSent: (bytes: number) => void,
): Promise<void> {
  const closed = new AbortController()
  const onClose = () => closed.abort()
  socket.once('close', onClose)
  try {
    for (const step of steps) {
      if (socket.destroyed) return
      await playStep(socket, step, onSent, closed.signal)
    }
  } catch (error) {
    // Whatever waited was cut short because the client left, in order or not.
    if (!socket.destroyed) throw error
  } finally {
    socket.off('close', onClose)
  }
}

async function playStep(
  socket: Socket,
  step: FaultStep,
  onSent: (bytes: number) => void,
  closed: AbortSignal,
): Promise<void> {
  switch (step.do) {
    case 'send': {
      const bytes = Buffer.from(step.bytes)
      const pieces = step.everyBytes === undefined ? [bytes] : splitEvery(bytes, step.everyBytes)
      for (let round = 0; round < (step.times ?? 1); round++) {
        for (const piece of pieces) {
          if (socket.destroyed) return
          const taken = socket.write(piece)
          onSent(piece.length)
          if (!taken) await once(socket, 'drain', { signal: closed })
          // Without a turn in between the kernel would hand several writes over as one.
          else if (pieces.length > 1) await setImmediate(undefined, { signal: closed })
        }
      }
      return
    }
    case 'wait':
      if (step.ms !== undefined) await setTimeout(step.ms, undefined, { signal: closed })
      if (step.until !== undefined) await Promise.race([step.until, aborted(closed)])
      return
    case 'stall':
      await aborted(closed)
      return
    case 'half-close':
      socket.end()
      return
    case 'reset':
      // Node takes a socket that is ending for closed then, and never closes it: its process cannot
      // end.
      if (socket.writableEnded) socket.destroy()
      else socket.resetAndDestroy()
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}
