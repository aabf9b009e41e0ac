import { scanMembers, scrubSecrets, skipString } from '@sluice/core/internal'
import { describe, expect, it } from 'vitest'
import { readBearer } from '../../packages/auth/src/keys/read-bearer.ts'
import { checkParsed, parseJson } from '../../packages/endpoints/src/body/parse-json.ts'
import { matchOpenAI } from '../../packages/endpoints/src/dialects/openai-routes.ts'
import { readBoundary } from '../../packages/endpoints/src/multipart/read-boundary.ts'
import { readPartHead, safeFilename } from '../../packages/endpoints/src/multipart/part-head.ts'
import { upstreamError } from '../../packages/providers/src/response/errors/upstream-error.ts'
import { parseDataUrl } from '../../packages/providers/src/vendor-spec/data-url.ts'
import { embeddingsPassThrough } from '../../packages/providers/src/operations/embeddings-pass-through.ts'
import { PartialArguments } from '../../packages/providers/src/vendors/gemini/decode/partial-arguments.ts'
import { mediaTypeOf } from '../../packages/providers/src/vendors/gemini/encode/media-types.ts'

const RUNS = 5
/** A scan of so little time is no scan to worry about. */
const LEAST_MS = 0.5
const MAX_GROWTH = 2.5

/** The time of a scan, the best of some runs: whatever else the machine does only adds. */
function timeOf(scan: () => unknown): number {
  let best = Infinity
  for (let run = 0; run < RUNS; run++) {
    const before = performance.now()
    try {
      scan()
    } catch {
      // A refusal takes time as well.
    }
    best = Math.min(best, performance.now() - before)
  }
  return best
}

const json = (content: string) =>
  Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content }] }))
const strings = (count: number, tail: string) =>
  Buffer.from(
    `{"x":[${Array.from({ length: count }, () => `"${'a'.repeat(8192)}"`).join()}],"model":"${tail}"}`,
  )
const vendorSays = (message: string) =>
  upstreamError(
    400,
    {},
    { error: { message } },
    { secrets: ['sk-vendor-key'], exposeAuthErrors: false },
  )
const part = (disposition: string) => readPartHead({ 'content-disposition': [disposition] })
const path = (jsonPath: string) => new PartialArguments({}).add([{ jsonPath, stringValue: 'x' }])

/**
 * Each scan over text from outside, with the inputs that could make it go back; how long the text
 * is, the number says.
 */
const SCANS: Readonly<Record<string, (size: number) => () => unknown>> = {
  'strings of a body, with an escape behind them': (n) => () =>
    parseJson(strings(n / 2000, '\\u0061')),
  'strings of a body, without escapes': (n) => () => parseJson(strings(n / 2000, 'a')),
  'escaped quotes of a body': (n) => () => parseJson(json('"'.repeat(n))),
  'backslashes of a body': (n) => () => parseJson(json('\\'.repeat(n))),
  'a string without an end': (n) => () => skipString(Buffer.from(`"${'\\"'.repeat(n)}`), 0),
  'members of an object': (n) => () =>
    scanMembers(Buffer.from(`{${'"a":"b",'.repeat(n / 4)}"z":1}`), 0, () => {}),
  'brackets of a body': (n) => () => parseJson(Buffer.from(`{"x":${'['.repeat(n)}`)),
  'blanks of a body': (n) => () => parseJson(Buffer.from(`{${' '.repeat(n * 4)}`)),
  'a body that the host has parsed': (n) => {
    const value = { x: Array.from({ length: n / 5 }, (_, at) => `text ${at}`) }
    return () => checkParsed(value, 1e9)
  },
  'empty lines of a vendor': (n) => () => vendorSays(`${'\n'.repeat(n)}x`),
  'lines of blanks of a vendor': (n) => () => vendorSays(`\n${' '.repeat(n)}x`),
  'lines of a stack': (n) => () => vendorSays('\n    at x'.repeat(n / 8)),
  'beginnings of a phrase': (n) => () => vendorSays('input token count '.repeat(n / 18)),
  'keys in a vendor’s words': (n) => () => scrubSecrets('sk-'.repeat(n)),
  'bearers in a vendor’s words': (n) => () => scrubSecrets('Bearer '.repeat(n / 7)),
  'a bearer and blanks': (n) => () => scrubSecrets(`Bearer${' '.repeat(n)}"`),
  'numbers in a vendor’s words': (n) => () => scrubSecrets('1.'.repeat(n)),
  'a port of many digits': (n) => () => scrubSecrets(`1.1.1.1:${'9'.repeat(n)}a`),
  'addresses in a vendor’s words': (n) => () => scrubSecrets('https://'.repeat(n / 8)),
  'queries in a vendor’s words': (n) => () => scrubSecrets('?key='.repeat(n / 5)),
  'dots of an address': (n) => () => mediaTypeOf(`https://x/${'.a?'.repeat(n)}\n`),
  'hashes of an address': (n) => () => mediaTypeOf(`${'.a#'.repeat(n)}\n`),
  'open quotes of a path': (n) => () => path(`$${'["'.repeat(n)}`),
  'open quotes of two kinds': (n) => () => path(`$["${"['".repeat(n)}`),
  'escapes of a path': (n) => () => path(`$["${'\\"["'.repeat(n)}`),
  'steps of a path': (n) => () => path(`$${'.a'.repeat(n)}`),
  'params of a part': (n) => () => part(`form-data${';a="\\"'.repeat(n / 6)}`),
  'blanks of a part': (n) => () => part(`form-data;${' '.repeat(n)}`),
  'a name without an end': (n) => () => part(`form-data; name="${'\\"'.repeat(n / 2)}`),
  'slashes of a file name': (n) => () => safeFilename('a/'.repeat(n)),
  'dots of a file name': (n) => () => safeFilename(`${'.'.repeat(n)}a`),
  'a boundary behind blanks': (n) => () => readBoundary(`multipart/form-data${'; '.repeat(n)}`),
  'segments of a path of ours': (n) => () => matchOpenAI(`/models/${'../'.repeat(n)}`),
  'slashes of a path of ours': (n) => () => matchOpenAI(`/responses${'/'.repeat(n)}`),
  'a header of credentials': (n) => () => readBearer(`Bearer ${' '.repeat(n)}`),
  'heads of a data URL': (n) => () => parseDataUrl(`data:${';'.repeat(n)}`),
  'embeddings of brackets': (n) => () =>
    embeddingsPassThrough(Buffer.from('], "model": "'.repeat(n / 13)), 'float'),
}

const SIZE = 100_000

describe('twice as much text takes no more than twice the time', () => {
  it.each(Object.entries(SCANS))('%s', (_name, scan) => {
    const ratio = () => {
      const once = timeOf(scan(SIZE))
      const twice = timeOf(scan(2 * SIZE))
      return twice < LEAST_MS ? 0 : twice / Math.max(once, LEAST_MS / 2)
    }
    let best = ratio()
    for (let again = 0; again < 4 && best > MAX_GROWTH; again++) best = Math.min(best, ratio())
    expect(best).toBeLessThan(MAX_GROWTH)
  })
})
