import type { IncomingMessage } from 'node:http'
import type { Form, FormEntry } from './form-entry.ts'
import { safeFilename } from './part-head.ts'

/**
 * What upload middleware leaves on a request: multer (`file`, `files`), express-fileupload (`files`
 * by name).
 */
type ParsedRequest = IncomingMessage & {
  readonly body?: unknown
  readonly file?: unknown
  readonly files?: unknown
}

interface HostFile {
  readonly fieldname?: unknown
  readonly originalname?: unknown
  readonly name?: unknown
  readonly mimetype?: unknown
  readonly buffer?: unknown
  readonly data?: unknown
}

/** Whether something before us has taken the form apart. */
export function hasHostForm({ body, file, files }: ParsedRequest): boolean {
  return (
    file !== undefined ||
    files !== undefined ||
    (typeof body === 'object' && body !== null && Object.keys(body).length > 0)
  )
}

/**
 * The form that the host's own middleware has read; `undefined` where its files are not in memory,
 * so that their bytes cannot be had.
 */
export function hostForm({ body, file, files }: ParsedRequest): Form | undefined {
  const entries: FormEntry[] = Object.entries(body ?? {}).flatMap(
    ([name, value]: [string, unknown]) =>
      Array.isArray(value)
        ? value.map((item: unknown) => ({
            name: name.endsWith('[]') ? name : `${name}[]`,
            value: text(item),
          }))
        : [{ name, value: text(value) }],
  )
  for (const [name, found] of filesOf(file, files)) {
    const bytes = found.buffer ?? found.data
    if (!(bytes instanceof Uint8Array)) return undefined
    entries.push({
      name,
      value: {
        filename: safeFilename(text(found.originalname ?? found.name ?? '')),
        contentType: text(found.mimetype ?? 'application/octet-stream'),
        size: bytes.length,
        async *open() {
          yield bytes
        },
      },
    })
  }
  return { entries, dispose: () => {} }
}

function* filesOf(file: unknown, files: unknown): Generator<[string, HostFile]> {
  const named = Array.isArray(files)
    ? [['', files] as const]
    : Object.entries((files ?? {}) as Record<string, unknown>)
  for (const [name, found] of file === undefined ? named : [...named, ['', file] as const]) {
    for (const one of [found].flat() as HostFile[]) {
      const own = typeof one.fieldname === 'string' ? one.fieldname : name
      yield [own, one]
    }
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
