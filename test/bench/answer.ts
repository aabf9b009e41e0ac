import { MessageReader, type MessageListener } from './http-reader.ts'

const TILDE = 0x7e
const DONE = Buffer.from('data: [DONE]\n\n')

/** What a client has seen of one answer, counted as it comes, so that no body is kept. */
export class Answer implements MessageListener {
  /** 0 until the head has come. */
  status = 0
  /** `~` in the body. */
  tokens = 0
  /** Whether the next request may go over the same connection. */
  keepAlive = true
  readonly #reader = new MessageReader(this)
  /** How much of `DONE` the body ends with. */
  #matched = 0

  /** Whether the body ends as OpenAI's streams do. */
  get done(): boolean {
    return this.#matched === DONE.length
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
    // Only the end can matter. A mismatch begins anew, for the first letter stands in it only once.
    for (let at = Math.max(from, to - DONE.length); at < to; at++) {
      if (bytes[at] === DONE[this.#matched]) this.#matched++
      else this.#matched = bytes[at] === DONE[0] ? 1 : 0
    }
  }
}
