import type { CatalogEntry } from './catalog-entry.ts'

/** What is to be changed in a catalog, or added to it. */
export type CatalogOverride = Pick<CatalogEntry, 'id' | 'vendor'> & Partial<CatalogEntry>

/**
 * A catalog with changes: an override with the vendor and id of an entry replaces the members that
 * it has (`undefined` takes one away), any other is added at the end as a model that chats in text.
 * The catalog itself stays as it is.
 */
export function mergeCatalog(
  base: readonly CatalogEntry[],
  overrides: readonly CatalogOverride[],
): readonly CatalogEntry[] {
  const merged = new Map(base.map((entry) => [keyOf(entry), entry]))
  for (const override of overrides) {
    merged.set(keyOf(override), { ...(merged.get(keyOf(override)) ?? UNKNOWN), ...override })
  }
  return [...merged.values()]
}

const UNKNOWN: Omit<CatalogEntry, 'id' | 'vendor'> = {
  input: ['text'],
  output: ['text'],
  abilities: ['chat'],
  aliases: [],
  deprecated: false,
}

function keyOf({ vendor, id }: Pick<CatalogEntry, 'id' | 'vendor'>): string {
  return `${vendor}/${id}`
}
