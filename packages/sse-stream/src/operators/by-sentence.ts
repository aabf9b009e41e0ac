import { checkOptions, option } from '@sluice/core'
import type { OperatorFunction } from 'rxjs'
import { operate } from './internal/operate.ts'
import { safeCut } from './rewrite/safe-cut.ts'

/** How sentences are found. */
export interface BySentenceOptions {
  /** Language of the text, as a BCP 47 tag. @defaultValue the runtime's own */
  readonly locale?: string | undefined
  /** A longer stretch without a sentence's end is given as it is. @defaultValue 2,000 */
  readonly maxChars?: number | undefined
}

/**
 * Enough of what follows to know where a sentence ends: after "1." it may go on with a small
 * letter, however far off.
 */
const DECIDES = /[\p{L}\n\u2029.!?\u3002\uff01\uff1f]/u

/**
 * Strings that come in pieces, as whole sentences with the space behind them: for speech, or for
 * translating while the model still writes. Boundaries are those of `Intl.Segmenter`, which knows
 * Chinese and Japanese too. A sentence is given as soon as what follows shows that it has ended,
 * the last one when the source ends. All sentences together are the text.
 *
 * @throws ConfigError `ERR_SSE_STREAM_OPTIONS`
 * @example handler(call).pipe(pickText(), bySentence(), concatMap(speak))
 */
export function bySentence(options: BySentenceOptions = {}): OperatorFunction<string, string> {
  checkOptions('bySentence', 'ERR_SSE_STREAM_OPTIONS', options, {
    locale: option.string,
    maxChars: option.positive,
  })
  const { locale, maxChars = 2000 } = options
  const segmenter = new Intl.Segmenter(locale, { granularity: 'sentence' })
  return operate<string, string>((subscriber) => {
    let text = ''
    const emit = (sentence: string) => {
      let rest = sentence
      while (rest.length > maxChars) rest = cut(rest)
      if (rest !== '') subscriber.next(rest)
    }
    const cut = (long: string): string => {
      const end = safeCut(long, wordEnd(long, maxChars))
      subscriber.next(long.slice(0, end))
      return long.slice(end)
    }
    const advance = () => {
      let taken = 0
      for (const { segment, index } of segmenter.segment(text)) {
        const end = index + segment.length
        if (!DECIDES.test(text.slice(end))) break
        emit(segment)
        taken = end
      }
      text = text.slice(taken)
      while (text.length > maxChars) text = cut(text)
    }
    return {
      next(piece) {
        text += piece
        advance()
      },
      error(error) {
        emit(text)
        subscriber.error(error)
      },
      complete() {
        for (const { segment } of segmenter.segment(text)) emit(segment)
        subscriber.complete()
      },
    }
  })
}

function wordEnd(text: string, limit: number): number {
  const space = text.lastIndexOf(' ', limit - 1)
  return space > 0 ? space + 1 : limit
}
