import type { TokenLogprob } from '@sluice/core/wire'

/** What could have stood there instead. */
const RIVALS =
  ' the| a| and| to| of|.|,| is| in| that| it| for| you|\n| I| on| with| as| this| be| not| are'
    .split('|')
    .map((token) => ({ token, bytes: bytesOf(token) }))

/**
 * A log probability for a token at its place, always the same, with its `top` likeliest rivals,
 * itself first. They are invented, but they behave: sorted, different from one another, and
 * together never more than certain.
 */
export function tokenLogprob(token: string, position: number, top: number): TokenLogprob {
  const chance = 0.6 + 0.39 * (hash(token, position) / 2 ** 32)
  const own = { token, logprob: Math.log(chance), bytes: bytesOf(token) }
  if (top <= 0) return { ...own, top_logprobs: [] }
  const rivals = RIVALS.filter((rival) => rival.token !== token).slice(0, Math.min(top, 20) - 1)
  let rest = 1 - chance
  return {
    ...own,
    top_logprobs: [
      own,
      ...rivals.map(({ token: rival, bytes }) => {
        rest /= 2
        return { token: rival, logprob: Math.log(rest), bytes }
      }),
    ],
  }
}

function bytesOf(token: string): number[] {
  return [...Buffer.from(token)]
}

function hash(token: string, position: number): number {
  let value = 0x811c9dc5 ^ position
  for (let at = 0; at < token.length; at++)
    value = Math.imul(value ^ token.charCodeAt(at), 0x01000193)
  return value >>> 0
}
