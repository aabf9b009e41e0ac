import { ApiError, checkOptions, option } from '@sluice/core'
import type { OperatorFunction } from 'rxjs'
import { operate } from './internal/operate.ts'

/** What lines may be. */
export interface ByLineOptions {
  /** A longer line fails, rather than being gathered without end. @defaultValue 1,048,576 */
  readonly maxChars?: number | undefined
}

/**
 * Strings that come in pieces, as whole lines without their ends (LF, CRLF or CR). The last line
 * comes when the source completes, where it is not empty. On an error what was gathered of a line
 * is dropped.
 *
 * Fails with `upstream_invalid_response` for a line that is longer than `maxChars`.
 *
 * @throws ConfigError `ERR_SSE_STREAM_OPTIONS`
 */
export function byLine(options: ByLineOptions = {}): OperatorFunction<string, string> {
  checkOptions('byLine', 'ERR_SSE_STREAM_OPTIONS', options, { maxChars: option.positive })
  const { maxChars = 1024 * 1024 } = options
  return operate<string, string>((subscriber) => {
    const lineEnd = /\r\n|\n|\r/g
    let pieces: string[] = []
    let length = 0
    let endsWithReturn = false

    const emit = (line: string) => {
      if (line.length > maxChars) {
        throw new ApiError('upstream_invalid_response', {
          message: `The answer has a line of more than ${maxChars} characters.`,
        })
      }
      subscriber.next(line)
    }
    const keep = (text: string) => {
      if (text === '') return
      pieces.push(text)
      length += text.length
      if (length > maxChars) emit(pieces.join(''))
    }
    const take = (last: string): string => {
      const line = pieces.join('') + last
      pieces = []
      length = 0
      return line
    }
    return {
      next(piece) {
        // A line feed after the return that ended the piece before belongs to it.
        let from = endsWithReturn && piece.startsWith('\n') ? 1 : 0
        if (piece !== '') endsWithReturn = piece.endsWith('\r')
        lineEnd.lastIndex = from
        for (let match = lineEnd.exec(piece); match !== null; match = lineEnd.exec(piece)) {
          emit(take(piece.slice(from, match.index)))
          if (subscriber.closed) return
          from = match.index + match[0].length
          lineEnd.lastIndex = from
        }
        keep(piece.slice(from))
      },
      complete() {
        const line = take('')
        if (line !== '') emit(line)
        subscriber.complete()
      },
    }
  })
}
