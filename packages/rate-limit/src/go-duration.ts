/**
 * Milliseconds as Go and OpenAI's `x-ratelimit-reset-*` write them: `12ms`, `8.64s`, `6m0s`,
 * `1h0m0.5s`. Rounded up to the millisecond.
 */
export function goDuration(ms: number): string {
  const whole = Math.ceil(ms)
  if (whole <= 0) return '0s'
  if (whole < 1000) return `${whole}ms`
  const seconds = (whole % 60_000) / 1000
  const minutes = Math.floor(whole / 60_000) % 60
  const hours = Math.floor(whole / 3_600_000)
  if (hours > 0) return `${hours}h${minutes}m${seconds}s`
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`
}
