import { MessageReader, type MessageListener } from './http-reader.ts'

const TILDE = 0x7e
/**
 * How streams end: chat, messages, responses. The first letter of each stands in it only once.
 */
const ENDINGS = ['data: [DONE]\n\n', '{"type":"message_stop"}\n\n', ':{}}}\n\n'].map((text) =>
  Buffer.from(text),
)
const LONGEST = Math.max(...ENDINGS.map(({ length }) => length))

/** What a client has seen of one answer, counted as it comes, so that no body is kept. */
export class Answer implements MessageListener {
  /** 0 until the head has come. */
  status = 0
  /** `~` in the body. */
  tokens = 0
  /** Whether the next request may go over the same connection. */
  keepAlive = true
  readonly #reader = new MessageReader(this)
  /** How much of each ending the body ends with. */
  readonly #matched = ENDINGS.map(() => 0)

  /** Whether the body ends as a stream does. */
  get done(): boolean {
    return ENDINGS.some(({ length }, which) => this.#matched[which] === length)
  }

  /** Whether it is whole now; throws at what is not HTTP, or comes after the end. */
  read(bytes: Buffer): boolean {
    const end = this.#reader.read(bytes)
    if (end >= 0 && end < bytes.length) throw new Error('Bytes came after the answer.')
    return end >= 0
  }

  head(text: string): void {
    this.status = Number(text.slice(9, 12))
    this.keepAlive = !/\r\nconnection:[ \t]*close/i.test(text)
  }

  body(bytes: Buffer, from: number, to: number): void {
    for (let at = bytes.indexOf(TILDE, from); at >= 0 && at < to; at = bytes.indexOf(TILDE, at + 1))
      this.tokens++
    // Only the end can matter. A mismatch begins anew.
    for (let which = 0; which < ENDINGS.length; which++) {
      const ending = ENDINGS[which]!
      let matched = this.#matched[which]!
      for (let at = Math.max(from, to - LONGEST); at < to; at++) {
        if (bytes[at] === ending[matched]) matched++
        else matched = bytes[at] === ending[0] ? 1 : 0
      }
      this.#matched[which] = matched
    }
  }
}
