import { ApiError } from '@sluice/core'
import { wordTable } from '@sluice/core/internal'
import type { UploadedFile } from '@sluice/core/wire'
import type { FormPart } from '../vendor-spec/provider-spec.ts'
import { FileInJson } from '../vendor-spec/file-in-json.ts'
import { stringifyLong } from './long-json.ts'

/** A body and the headers that belong to it. A body of files is read again each time it is sent. */
export interface RequestBody {
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array>
  readonly headers?: Readonly<Record<string, string>>
}

const encoder = new TextEncoder()

/**
 * A form as `multipart/form-data`, files streamed, its length known beforehand. Texts stand before
 * files, whatever their order.
 */
export function formBody(form: readonly FormPart[], boundary: string): RequestBody {
  const pieces: (Uint8Array | UploadedFile)[] = []
  const ordered = form.toSorted(
    (a, b) => Number(typeof a.value !== 'string') - Number(typeof b.value !== 'string'),
  )
  for (const { name, value } of ordered) {
    const head = `--${boundary}\r\ncontent-disposition: form-data; name="${quoted(name)}"`
    if (typeof value === 'string') pieces.push(encoder.encode(`${head}\r\n\r\n${value}\r\n`))
    else {
      const type = value.contentType.replace(/[^\x20-\x7e]/g, '')
      pieces.push(
        encoder.encode(
          `${head}; filename="${quoted(value.filename)}"\r\ncontent-type: ${type}\r\n\r\n`,
        ),
        value,
      )
      pieces.push(encoder.encode('\r\n'))
    }
  }
  pieces.push(encoder.encode(`--${boundary}--\r\n`))
  const length = pieces.reduce(
    (sum, piece) => sum + ('open' in piece ? piece.size : piece.length),
    0,
  )
  return {
    body: { [Symbol.asyncIterator]: () => readForm(pieces) },
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': String(length),
    },
  }
}

async function* readForm(
  pieces: readonly (Uint8Array | UploadedFile)[],
): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    if ('open' in piece) yield* piece.open()
    else yield piece
  }
}

/**
 * As browsers escape what would end the parameter or the header (WHATWG, multipart/form-data
 * encoding).
 */
function quoted(text: string): string {
  return text.replace(/["\r\n]/g, (character) => ESCAPES.get(character)!)
}

const ESCAPES = wordTable<string>({ '"': '%22', '\r': '%0D', '\n': '%0A' })

/**
 * A value as JSON. The files in it are streamed into their places.
 *
 * @param isLong Whether there may be strings of megabytes in it; see `stringifyLong`.
 * @throws ApiError 400 for values inside values without end
 */
export function jsonBody(
  value: unknown,
  files: readonly FileInJson[] = [],
  isLong = false,
): RequestBody {
  let rest = stringify(value, isLong)
  if (files.length === 0) return { body: rest }
  const pieces: (Uint8Array | FileInJson)[] = []
  for (const file of files.toSorted((a, b) => rest.indexOf(a.mark) - rest.indexOf(b.mark))) {
    const at = rest.indexOf(file.mark)
    pieces.push(encoder.encode(rest.slice(0, at)), file)
    rest = rest.slice(at + file.mark.length)
  }
  pieces.push(encoder.encode(rest))
  return {
    body: { [Symbol.asyncIterator]: () => readJson(pieces) },
    headers: { 'content-length': String(pieces.reduce((sum, piece) => sum + piece.length, 0)) },
  }
}

function stringify(value: unknown, isLong: boolean): string {
  try {
    return isLong ? stringifyLong(value) : JSON.stringify(value)
  } catch (error) {
    // Texts such as a call's arguments hold JSON that no limit of the body speaks of.
    if (!(error instanceof RangeError)) throw error
    throw new ApiError('invalid_value', {
      message: 'The request holds JSON that is nested too deep.',
      cause: error,
    })
  }
}

async function* readJson(pieces: readonly (Uint8Array | FileInJson)[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    if (piece instanceof FileInJson) yield* piece.read()
    else yield piece
  }
}
