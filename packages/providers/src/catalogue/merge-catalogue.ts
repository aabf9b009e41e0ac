import type { CatalogueEntry } from './catalogue-entry.ts'

/** What is to be changed in a catalogue, or added to it. */
export type CatalogueOverride = Pick<CatalogueEntry, 'id' | 'vendor'> & Partial<CatalogueEntry>

/**
 * A catalogue with changes: an override with the vendor and id of an entry replaces the members that it has (`undefined` takes one away), any
 * other is added at the end as a model that chats in text. The catalogue itself stays as it is.
 */
export function mergeCatalogue(
  base: readonly CatalogueEntry[],
  overrides: readonly CatalogueOverride[],
): readonly CatalogueEntry[] {
  const merged = new Map(base.map((entry) => [keyOf(entry), entry]))
  for (const override of overrides) {
    merged.set(keyOf(override), { ...(merged.get(keyOf(override)) ?? UNKNOWN), ...override })
  }
  return [...merged.values()]
}

const UNKNOWN: Omit<CatalogueEntry, 'id' | 'vendor'> = {
  input: ['text'],
  output: ['text'],
  abilities: ['chat'],
  aliases: [],
  deprecated: false,
}

function keyOf({ vendor, id }: Pick<CatalogueEntry, 'id' | 'vendor'>): string {
  return `${vendor}/${id}`
}
