import type { UploadedFile } from '@sluice/core/wire'

/**
 * A JSON value with every string in it changed; keys stay. The very same value where nothing
 * changes. Of a file that was sent the name changes, not what is in it.
 *
 * @param change gets the string and the key that it stands under
 */
export function mapStrings(
  value: unknown,
  change: (text: string, key: string) => string,
  key = '',
): unknown {
  if (typeof value === 'string') return change(value, key)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const items = value as readonly unknown[]
    const mapped = items.map((item) => mapStrings(item, change, key))
    return mapped.every((item, at) => item === items[at]) ? value : mapped
  }
  if (ArrayBuffer.isView(value)) return value
  if ('open' in value && typeof value.open === 'function')
    return renamed(value as UploadedFile, change)
  const entries = Object.entries(value)
  const mapped = entries.map(([name, item]): [string, unknown] => [
    name,
    mapStrings(item, change, name),
  ])
  return mapped.every(([, item], at) => item === entries[at]![1])
    ? value
    : Object.fromEntries(mapped)
}

function renamed(file: UploadedFile, change: (text: string, key: string) => string): UploadedFile {
  const filename = change(file.filename, 'filename')
  if (filename === file.filename) return file
  return { filename, contentType: file.contentType, size: file.size, open: () => file.open() }
}
