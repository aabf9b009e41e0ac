/**
 * Measures how long this thread computed without letting others in. Counts the thread's own CPU
 * time, so that a busy machine does not look like a blocked event loop.
 */
export function turnWatch(): { stop(): number } {
  const EVERY_MS = 2
  let longestMs = 0
  let before = process.threadCpuUsage()
  const look = () => {
    const now = process.threadCpuUsage()
    longestMs = Math.max(longestMs, (now.user + now.system - before.user - before.system) / 1000)
    before = now
  }
  const timer = setInterval(look, EVERY_MS)
  return {
    stop() {
      clearInterval(timer)
      look()
      return longestMs
    },
  }
}
