/**
 * Makes a table that may be asked by any word: a client's, a vendor's, a host's. A plain object
 * would answer `constructor`, `toString` and `__proto__` with what every object inherits.
 */
export function wordTable<Value>(
  entries: Readonly<Record<string, Value>>,
): ReadonlyMap<string, Value> {
  return new Map(Object.entries(entries))
}
