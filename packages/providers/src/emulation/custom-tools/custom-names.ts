import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import { spellToolName, UniqueToolNames } from './unique-tool-names.ts'

/** The names of a chat request's custom tools as functions, in both directions. */
export class CustomNames {
  readonly #toFunction = new Map<string, string>()
  readonly #toCustom = new Map<string, string>()

  constructor({ tools }: ChatCompletionCreateParams) {
    const unique = new UniqueToolNames()
    for (const { function: fn } of tools ?? []) if (fn !== undefined) unique.reserve(fn.name)
    for (const { custom } of tools ?? []) {
      if (custom === undefined || this.#toFunction.has(custom.name)) continue
      const claimed = unique.claim(custom.name)
      this.#toFunction.set(custom.name, claimed)
      this.#toCustom.set(claimed, custom.name)
    }
  }

  /** The function that stands for a custom tool, also for one that only the history knows. */
  toFunction(name: string): string {
    return this.#toFunction.get(name) ?? spellToolName(name)
  }

  /** The custom tool that a function stands for; `undefined` for other functions. */
  toCustom(name: string | undefined): string | undefined {
    return name === undefined ? undefined : this.#toCustom.get(name)
  }
}
