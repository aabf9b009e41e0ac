import { heldFrom } from '../rewrite/held-from.ts'
import type { TextContext } from './json-context.ts'
import type { RedactionVault } from './redaction-vault.ts'
import type { TextFilter } from '../../response-form/text-filter.ts'

/**
 * Replaces placeholders by their values in a text that arrives in pieces; of several that begin at
 * one place the longest counts.
 */
export class RestoringFilter implements TextFilter {
  readonly #vault: RedactionVault
  readonly #context: TextContext
  #held = ''

  constructor(vault: RedactionVault, context: TextContext) {
    this.#vault = vault
    this.#context = context
  }

  push(text: string): string {
    return this.#advance(this.#held + text, false)
  }

  end(): string {
    return this.#advance(this.#held, true)
  }

  #advance(text: string, isWhole: boolean): string {
    const vault = this.#vault
    const { matcher } = vault
    let output = ''
    let at = 0
    for (;;) {
      const held = isWhole
        ? text.length
        : heldFrom(text, at, vault.longest, (end) => vault.isProperPrefix(end))
      if (matcher !== undefined) matcher.lastIndex = at
      const match = matcher?.exec(text)
      if (!match || match.index >= held) {
        this.#held = text.slice(held)
        return output + this.#pass(text.slice(at, held))
      }
      output += this.#pass(text.slice(at, match.index)) + this.#restore(match[0])
      at = match.index + match[0].length
    }
  }

  #restore(placeholder: string): string {
    const value = this.#vault.reveal(placeholder)
    const written = value === undefined ? placeholder : this.#context.write(value)
    this.#context.pass(placeholder)
    return written
  }

  #pass(text: string): string {
    this.#context.pass(text)
    return text
  }
}
