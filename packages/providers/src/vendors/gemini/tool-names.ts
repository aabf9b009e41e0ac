/** The vendor has said 64 and 128 at times; what fits into the former fits into both. */
const VALID = /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/
const LONGEST = 64
/** What is left of a name that gets a number. */
const STEM = 56

/** The names of functions in both directions. */
export interface ToolNames {
  /** A name that Gemini takes, for a name of the client's. */
  toVendor(name: string): string
  /** The client's name for one that Gemini gave. */
  toClient(name: string): string
}

/**
 * Names for functions that Gemini takes: a letter or underscore, then letters, digits, `_ . : -`,
 * at most 64. A name that fits stays; others are spelled with underscores, and numbered where two
 * would become one. The same names in the same order give the same result, so that nothing has to
 * be remembered between a request and its answer. Takes time in proportion to the names.
 */
export function createToolNames(names: readonly string[]): ToolNames {
  const toVendor = new Map<string, string>()
  const toClient = new Map<string, string>()
  const counts = new Map<string, number>()
  const pair = (client: string, vendor: string) => {
    toVendor.set(client, vendor)
    toClient.set(vendor, client)
  }
  for (const name of names) if (VALID.test(name)) pair(name, name)
  for (const name of names) {
    if (toVendor.has(name)) continue
    const spelled = spell(name)
    const stem = spelled.slice(0, STEM)
    let candidate = spelled
    let number = counts.get(stem) ?? 1
    while (toClient.has(candidate)) candidate = `${stem}_${++number}`
    counts.set(stem, number)
    pair(name, candidate)
  }
  return {
    toVendor: (name) => toVendor.get(name) ?? (VALID.test(name) ? name : spell(name)),
    toClient: (name) => toClient.get(name) ?? name,
  }
}

function spell(name: string): string {
  const spelled = name.slice(0, LONGEST).replace(/[^a-zA-Z0-9_.:-]/g, '_')
  return (/^[a-zA-Z_]/.test(spelled) ? spelled : `_${spelled}`).slice(0, LONGEST)
}
