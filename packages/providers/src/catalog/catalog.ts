import type { Model } from '@sluice/core/wire'
import { anthropicEntries } from './anthropic-entries.ts'
import { toModels, type CatalogEntry } from './catalog-entry.ts'
import { deepseekEntries } from './deepseek-entries.ts'
import { geminiEntries } from './gemini-entries.ts'
import { groqEntries } from './groq-entries.ts'
import { iflowEntries } from './iflow-entries.ts'
import { mistralEntries } from './mistral-entries.ts'
import { moonshotEntries } from './moonshot-entries.ts'
import { openaiEntries } from './openai-entries.ts'
import { openrouterEntries } from './openrouter-entries.ts'
import { qwenEntries } from './qwen-entries.ts'
import { xaiEntries } from './xai-entries.ts'

/**
 * Every model that is known, those who make models before those who host others' models; within a
 * vendor sorted by id.
 */
export const catalog: readonly CatalogEntry[] = [
  ...openaiEntries,
  ...anthropicEntries,
  ...geminiEntries,
  ...xaiEntries,
  ...deepseekEntries,
  ...qwenEntries,
  ...moonshotEntries,
  ...mistralEntries,
  ...groqEntries,
  ...iflowEntries,
  ...openrouterEntries,
]

/**
 * The model of a name: an id, an alias, or either behind its vendor and a slash
 * (`anthropic/claude-3.5-sonnet`). Where several vendors offer an id, the first in the catalog is
 * found, which is the one that makes it. `undefined` for a name that is not known.
 */
export function findModel(
  name: string,
  among: readonly CatalogEntry[] = catalog,
): CatalogEntry | undefined {
  const known = (one: string, entries: readonly CatalogEntry[]) =>
    entries.find(({ id }) => id === one) ?? entries.find(({ aliases }) => aliases.includes(one))
  const slash = name.indexOf('/')
  const ofVendor = slash < 0 ? [] : among.filter(({ vendor }) => vendor === name.slice(0, slash))
  return known(name.slice(slash + 1), ofVendor) ?? known(name, among)
}

/**
 * The aliases of a vendor's models: what people write → what the vendor knows. Empty for a vendor
 * that is not known.
 */
export function aliasesFor(
  vendor: string,
  among: readonly CatalogEntry[] = catalog,
): Readonly<Record<string, string>> {
  const own = among.filter((entry) => entry.vendor === vendor)
  return Object.fromEntries(own.flatMap(({ id, aliases }) => aliases.map((alias) => [alias, id])))
}

/**
 * The models of a vendor that can be used today, in the shape of `GET /models`. Empty for a vendor
 * that is not known.
 */
export function modelsOf(vendor: string, among: readonly CatalogEntry[] = catalog): Model[] {
  return toModels(among.filter((entry) => entry.vendor === vendor))
}
