/**
 * A JSON value with every string in it changed; keys stay. The very same value where nothing changes.
 *
 * @param change gets the string and the key that it stands under
 */
export function mapStrings(value: unknown, change: (text: string, key: string) => string, key = ''): unknown {
  if (typeof value === 'string') return change(value, key)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const items = value as readonly unknown[]
    const mapped = items.map((item) => mapStrings(item, change, key))
    return mapped.every((item, at) => item === items[at]) ? value : mapped
  }
  const entries = Object.entries(value)
  const mapped = entries.map(([name, item]): [string, unknown] => [name, mapStrings(item, change, name)])
  return mapped.every(([, item], at) => item === entries[at]![1]) ? value : Object.fromEntries(mapped)
}
