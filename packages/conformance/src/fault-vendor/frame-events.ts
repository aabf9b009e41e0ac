/** Ways to write the same events. */
export interface Framing {
  readonly lineEnd?: '\n' | '\r\n' | '\r'
  readonly byteOrderMark?: boolean
  /** A comment in front of every so many events. */
  readonly comments?: number
  /**
   * Spreads the data over two lines, which a reader joins by a line feed; JSON does not mind one
   * between its tokens.
   */
  readonly multiLine?: boolean
  /** `false` leaves out the blank line behind the last event. */
  readonly finalBlankLine?: boolean
}

/**
 * Events (each ended by a blank line of two line feeds) as one text in another framing. All
 * framings mean the same.
 */
export function frameEvents(events: readonly string[], framing: Framing): string {
  const { lineEnd = '\n', comments = 0 } = framing
  const written = events.map((event, at) => {
    const comment = comments > 0 && at % comments === 0 ? ': still here\n\n' : ''
    return (
      comment +
      (framing.multiLine === true ? event.replace(/^data: \{/m, 'data: {\ndata: ') : event)
    )
  })
  const text = written.join('')
  const ended = framing.finalBlankLine === false ? text.replace(/\n\n$/, '\n') : text
  return (framing.byteOrderMark === true ? '\uFEFF' : '') + ended.replaceAll('\n', lineEnd)
}
