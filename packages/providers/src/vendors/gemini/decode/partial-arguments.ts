import { isObject, parseJson, type Json } from '../json.ts'

type Step = string | number

/** A list in arguments may be this long; an index far off would else make a list of holes. */
const MAX_INDEX = 10_000

/** So deep they may nest; what writes them down again calls itself for each level. */
const MAX_DEPTH = 64

/** No quoted name is looked for beyond its own quote, so that a path is read in one pass. */
const STEP = /\.([^.[\]]+)|\[(\d+)\]|\["((?:[^"\\]|\\[^])*)"\]|\['((?:[^'\\]|\\[^])*)'\]/g

/**
 * Arguments that arrive piece by piece, each with the path of the value that it begins or goes on
 * with (`$.items[0].name`), as Gemini streams them where `streamFunctionCallArguments` is on.
 */
export class PartialArguments {
  readonly #root: Record<string, unknown>

  /** @param first What the call already had of its arguments, as an object or as its text. */
  constructor(first: unknown) {
    const given = typeof first === 'string' ? parseJson(first) : first
    this.#root = isObject(given) ? { ...given } : {}
  }

  add(pieces: unknown): void {
    for (const piece of Array.isArray(pieces) ? pieces.filter(isObject) : []) {
      const steps = typeof piece['jsonPath'] === 'string' ? stepsOf(piece['jsonPath']) : []
      if (steps.length > 0 && steps.length <= MAX_DEPTH) this.#put(steps, piece)
    }
  }

  get value(): Json {
    return this.#root
  }

  #put(steps: readonly Step[], piece: Json): void {
    let holder = this.#root as Record<Step, unknown>
    for (const [at, step] of steps.entries()) {
      if (typeof step === 'number' && step > MAX_INDEX) return
      const known = Object.hasOwn(holder, step) ? holder[step] : undefined
      const next = steps[at + 1]
      if (next === undefined) define(holder, step, valueOf(piece, known))
      else if (typeof known === 'object' && known !== null) holder = known as Record<Step, unknown>
      else {
        const inner = (typeof next === 'number' ? [] : {}) as Record<Step, unknown>
        define(holder, step, inner)
        holder = inner
      }
    }
  }
}

/**
 * As an own member whatever its name: a plain assignment of `__proto__` would change what the
 * object is.
 */
function define(holder: Record<Step, unknown>, step: Step, value: unknown): void {
  Object.defineProperty(holder, step, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  })
}

function valueOf(piece: Json, before: unknown): unknown {
  if (typeof piece['stringValue'] === 'string')
    return typeof before === 'string' ? before + piece['stringValue'] : piece['stringValue']
  if (typeof piece['numberValue'] === 'number') return piece['numberValue']
  if (typeof piece['boolValue'] === 'boolean') return piece['boolValue']
  return 'nullValue' in piece ? null : before
}

function stepsOf(path: string): Step[] {
  return Array.from(path.matchAll(STEP), ([, name, index, double, single]) =>
    index === undefined ? (name ?? double ?? single ?? '') : Number(index),
  )
}
