import { isRecord } from '../bytes/is-object.ts'

/**
 * Puts the names of tool calls together from what a vendor says of them, by the names of the tools
 * that the caller declared.
 */
export class ToolNameJoiner {
  readonly #tools: unknown
  #declared: readonly string[] | undefined

  /** @param tools The request's `tools`; read when the first call comes. */
  constructor(tools: unknown) {
    this.#tools = tools
  }

  /**
   * The name after one more piece of it. A vendor may repeat the name, or say it anew as far as it
   * has come.
   */
  join(known: string, piece: string): string {
    if (known === '' || piece === '') return known + piece
    const whole = known + piece
    if (this.#names.some((name) => name.startsWith(whole))) return whole
    return piece.startsWith(known) ? piece : whole
  }

  /**
   * Whether nothing more of a name is to come. Where no tools are known, each name is taken for
   * whole.
   */
  isWhole(name: string): boolean {
    const names = this.#names
    if (names.length === 0) return true
    return names.includes(name) && !names.some((other) => other !== name && other.startsWith(name))
  }

  /**
   * Whether a name that comes behind one without arguments is a piece of it, or the same again, and
   * not that of another call.
   */
  goesOn(known: string, piece: string): boolean {
    if (known === '' || piece === known) return true
    const names = this.#names
    if (!names.includes(known)) return true
    const whole = this.join(known, piece)
    return whole !== piece ? names.some((name) => name.startsWith(whole)) : !names.includes(piece)
  }

  get #names(): readonly string[] {
    return (this.#declared ??= namesOf(this.#tools))
  }
}

function namesOf(tools: unknown): string[] {
  const names: string[] = []
  for (const tool of Array.isArray(tools) ? (tools as unknown[]) : []) {
    const said = isRecord(tool) ? (isRecord(tool['function']) ? tool['function'] : tool) : {}
    if (typeof said['name'] === 'string' && said['name'] !== '') names.push(said['name'])
  }
  return names
}
