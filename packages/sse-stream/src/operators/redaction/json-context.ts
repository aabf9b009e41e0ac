import { JsonProgress } from '../rewrite/json-progress.ts'

/** Where in JSON text the replacing stands, so that what is put in reads as a string there. */
export interface TextContext {
  /** Text that has been passed, as it was. */
  pass(text: string): void
  /** The value that a passage at this place says. */
  read(text: string): string
  /** A value as it has to be written at this place. */
  write(value: string): string
}

/** Text that is no JSON: everything stands for itself. */
export const plainText: TextContext = {
  pass: () => {},
  read: (text) => text,
  write: (value) => value,
}

/** JSON text: escaped inside strings, and quoted where a number or a word stood. */
export class JsonContext implements TextContext {
  readonly #progress = new JsonProgress()

  pass(text: string): void {
    this.#progress.push(text)
  }

  read(text: string): string {
    if (!this.#progress.isInString) return text
    try {
      return JSON.parse(`"${text}"`) as string
    } catch {
      // The passage holds a quote of its own or half an escape: its text is all that there is.
      return text
    }
  }

  write(value: string): string {
    const quoted = JSON.stringify(value)
    return this.#progress.isInString ? quoted.slice(1, -1) : quoted
  }
}
