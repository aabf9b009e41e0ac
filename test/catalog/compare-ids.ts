/**
 * Compares the catalog with the ids of models that the vendors' own libraries name in their types,
 * and prints what is missing or differs. Run by hand:
 * `node --conditions=@sluice/source test/catalog/compare-ids.ts`
 */
import { existsSync, globSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { catalog, type CatalogEntry } from '@sluice/providers/catalog'

const root = join(import.meta.dirname, '../..')

/** What a library says of a model. */
interface NamedModel {
  readonly id: string
  /** Day on which it is switched off, where the library says so. */
  readonly shutdownDate: string | undefined
}

/** Types that list models which none of our operations is about. */
const OTHER_OPERATIONS = /Video|Realtime|Safety/

const LIBRARIES = [
  { vendor: 'openai', name: 'openai' },
  { vendor: 'anthropic', name: '@anthropic-ai/sdk' },
  { vendor: 'gemini', name: '@google/genai' },
] as const

function folderOf(name: string): string | undefined {
  const pattern = `node_modules/.pnpm/${name.replace('/', '+')}@*/node_modules/${name}`
  const found = globSync(pattern, { cwd: root }).toSorted().at(-1)
  return found === undefined || !existsSync(join(root, found))
    ? undefined
    : realpathSync(join(root, found))
}

function modelsIn(folder: string): NamedModel[] {
  const ids = new Set<string>()
  const none = new Set<string>()
  const days = new Map<string, string>()
  for (const file of globSync('**/*.d.ts', { cwd: folder })) {
    const text = readFileSync(join(folder, file), 'utf8')
    for (const [, type, members] of text.matchAll(/^export type (\w*Models?) = ([^;]+);/gm)) {
      if (OTHER_OPERATIONS.test(type!)) continue
      for (const [, id] of members!.matchAll(/'([^']+)'/g)) ids.add(id!)
    }
    // The library names some that there never were.
    for (const [, id] of text.matchAll(/- "([^"]+)": Not a supported model ID/g)) none.add(id!)
    for (const [, comment] of text.matchAll(/\/\*\*\n \* Deprecated values:([\s\S]*?)\*\//g))
      readDays(comment!, days)
  }
  for (const file of globSync('resources/messages/messages.js', { cwd: folder })) {
    const text = readFileSync(join(folder, file), 'utf8')
    const [, table = ''] = /DEPRECATED_MODELS = \{([^}]*)\}/.exec(text) ?? []
    for (const [, id, day] of table.matchAll(/'([^']+)': '([^']+)'/g)) setDay(days, id!, day!)
  }
  const real = [...ids].filter((id) => !none.has(id))
  return real.toSorted().map((id) => ({ id, shutdownDate: days.get(id) }))
}

/** Reads `- "gpt-x", "gpt-y": Announced shutdown date: 2026-10-23.` and the like. */
function readDays(comment: string, days: Map<string, string>): void {
  for (const part of comment.replace(/\s*\n \*\s*/g, ' ').split(/ - (?=")/)) {
    const day = /\d{4}-\d\d-\d\d|[A-Z][a-z]+ \d{1,2}, \d{4}/.exec(part.replace(/"[^"]*"/g, ''))?.[0]
    if (day === undefined) continue
    for (const [, id] of part.matchAll(/"([^"]+)"(?=[,:])/g)) setDay(days, id!, day)
  }
}

function setDay(days: Map<string, string>, id: string, said: string): void {
  const time = Date.parse(`${said.replace(/(\d)(?:st|nd|rd|th)/, '$1')} UTC`)
  const day = Number.isNaN(time) ? said : new Date(time).toISOString().slice(0, 10)
  days.set(id, day)
}

function compare(vendor: string, named: readonly NamedModel[]): string[] {
  const own = new Map<string, CatalogEntry>(
    catalog.filter((entry) => entry.vendor === vendor).map((entry) => [entry.id, entry]),
  )
  return named.flatMap(({ id, shutdownDate }) => {
    const entry = own.get(id)
    const day = shutdownDate === undefined ? '' : `, shutdown ${shutdownDate}`
    if (entry === undefined) return [`missing: ${id}${day}`]
    return shutdownDate === undefined || entry.shutdownDate === shutdownDate
      ? []
      : [`differs: ${id} has ${entry.shutdownDate ?? 'no day'}${day}`]
  })
}

for (const { vendor, name } of LIBRARIES) {
  const folder = folderOf(name)
  const named = folder === undefined ? [] : modelsIn(folder)
  process.stdout.write(
    folder === undefined
      ? `${name} is not installed.\n`
      : `${name} names ${named.length} models of ${vendor}.\n`,
  )
  for (const line of compare(vendor, named)) process.stdout.write(`  ${line}\n`)
}
