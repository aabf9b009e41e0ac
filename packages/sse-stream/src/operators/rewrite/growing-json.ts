import { ApiError } from '@sluice/core'
import { JSONParser, type ParsedElementInfo } from '@streamparser/json'

/** Deeper values are refused: each level is copied whenever something in it changes. */
const MAX_DEPTH = 128

/**
 * The value that JSON text has so far. The parser underneath fills containers in place; here each
 * step gets copies of those that are still open, so that a value handed out never changes.
 */
export class GrowingJson {
  readonly #parser = new JSONParser({ emitPartialTokens: true, emitPartialValues: true })
  #place: ParsedElementInfo | undefined
  #isChanged = false
  #value: unknown

  constructor() {
    this.#parser.onValue = (place) => this.#visit(place)
  }

  /** The value so far; `undefined` before it has begun. */
  get value(): unknown {
    return this.#value
  }

  /** Whether the value is whole. */
  get isComplete(): boolean {
    return this.#parser.isEnded
  }

  /**
   * Takes more text; whether the value has changed.
   * @throws ApiError `upstream_invalid_response`
   */
  push(text: string): boolean {
    return this.#step(() => this.#parser.write(text))
  }

  /** A number ends only with its text. */
  end(): boolean {
    const isNumber =
      !this.isComplete && typeof this.#place?.value === 'number' && this.#place.stack.length === 0
    return isNumber && this.#step(() => this.#parser.end())
  }

  #step(parse: () => void): boolean {
    this.#isChanged = false
    try {
      parse()
    } catch (error) {
      throw new ApiError('upstream_invalid_response', {
        message: 'The answer is not the JSON that was expected.',
        cause: error,
      })
    }
    if (this.#isChanged) this.#value = valueAt(this.#place!)
    return this.#isChanged
  }

  #visit(place: ParsedElementInfo): void {
    if (place.stack.length > MAX_DEPTH)
      throw new RangeError(`nested deeper than ${MAX_DEPTH} levels`)
    const { value, partial } = place
    const isNewContainer = partial === true && place.parent !== this.#place?.parent
    const isNewText = typeof value === 'string' && !this.#isLast(place)
    // Closing a container shows nothing new; numbers, words and keys that are not complete cannot
    // be seen yet.
    const isWholeValue =
      partial !== true && typeof value !== 'string' && (typeof value !== 'object' || value === null)
    if (isNewContainer || isNewText || isWholeValue) this.#isChanged = true
    this.#place = place
  }

  #isLast({ parent, key, value }: ParsedElementInfo): boolean {
    const last = this.#place
    return last?.parent === parent && last?.key === key && last?.value === value
  }
}

function valueAt({ parent, key, value, stack, partial }: ParsedElementInfo): unknown {
  if (parent === undefined) return value
  // What is complete the parser has put into its parent already.
  let copy =
    partial === true && typeof value === 'string' ? withMember(parent, key!, value) : copyOf(parent)
  for (let level = stack.length - 1; level > 0; level--)
    copy = withMember(stack[level]!.value, stack[level]!.key!, copy)
  return copy
}

function copyOf(container: object): object {
  return Array.isArray(container) ? (container.slice() as unknown[]) : { ...container }
}

function withMember(container: object, key: string | number, member: unknown): object {
  if (!Array.isArray(container)) return { ...container, [key]: member }
  const copy = container.slice() as unknown[]
  copy[Number(key)] = member
  return copy
}
