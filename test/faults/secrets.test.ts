import { faultResponse, faultStream, type Fault } from '@sluice/conformance'
import { ApiError } from '@sluice/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, type Answer } from '../support/ask.ts'
import {
  CLIENT_KEY,
  faultGateway,
  messages,
  VENDOR_KEY,
  type FaultGateway,
} from '../support/fault-gateway.ts'

const OTHER_KEY = 'sk-canary-of-another-client-0123456789'
const INTERNAL = 'http://10.20.30.40:8080/internal/path'
const STACK = 'Error: boom\n    at handle (/srv/canary/app.js:10:5)'

/** A vendor that says all it knows, in the message of an error. */
const tells = (status: number, shape: (said: string) => unknown): Fault => {
  return () =>
    faultResponse(
      status,
      JSON.stringify(shape(`key ${VENDOR_KEY} (Bearer ${VENDOR_KEY}) at ${INTERNAL}: ${STACK}`)),
    )
}
const openai = (message: string) => ({
  error: { message, type: 'invalid_request_error', code: null, param: null },
})
const faults: Readonly<Record<string, Fault>> = {
  'tells-400': tells(400, openai),
  'tells-401': tells(401, openai),
  'tells-403': tells(403, openai),
  'tells-429': tells(429, openai),
  'tells-500': tells(500, openai),
  'tells-in-200': tells(200, openai),
  'tells-anthropic': tells(529, (message) => ({
    type: 'error',
    error: { type: 'overloaded_error', message },
  })),
  'tells-gemini': tells(400, (message) => [
    { error: { code: 400, message, status: 'INVALID_ARGUMENT' } },
  ]),
  'tells-plain': tells(400, (detail) => ({ detail })),
  'tells-code': tells(400, (message) => ({
    error: { message: 'No.', code: message.slice(4, 4 + VENDOR_KEY.length) },
  })),
  'tells-param': tells(400, (message) => ({
    error: { message: 'No.', param: message.slice(4, 4 + VENDOR_KEY.length) },
  })),
  'tells-headers': () =>
    faultResponse(500, '{}', { 'x-request-key': VENDOR_KEY, 'www-authenticate': VENDOR_KEY }),
  'tells-good-headers': (_request, { document }) =>
    faultResponse(200, document, { 'x-key': VENDOR_KEY, 'set-cookie': `k=${VENDOR_KEY}` }),
  'tells-first': () => faultStream([`data: ${JSON.stringify(openai(`key ${VENDOR_KEY}`))}\n\n`]),
  'tells-mid-stream': (_request, { events }) =>
    faultStream([
      ...events.slice(0, 3),
      `data: ${JSON.stringify(openai(`key ${VENDOR_KEY} at ${INTERNAL}`))}\n\n`,
    ]),
  'tells-in-html': () =>
    faultResponse(500, `<html>${VENDOR_KEY}</html>`, { 'content-type': 'text/html' }),
  'tells-where-to': () => faultResponse(307, '', { location: `${INTERNAL}?key=${VENDOR_KEY}` }),
}
const PLAIN = [
  'status-400',
  'status-401',
  'status-500',
  'reset-before-head',
  'html',
  'truncated-json',
  'redirect',
  'header-too-large',
  'rate-limited',
]
const BROKEN = ['reset-mid-answer', 'end-mid-stream', 'not-json-mid-stream', 'error-mid-stream']

describe.each([
  { cache: 'without a cache', cached: false },
  { cache: 'behind a cache', cached: true },
])('secrets, $cache', ({ cached }) => {
  const told: { readonly error: ApiError; readonly asText: string }[] = []
  let gateway: FaultGateway
  beforeAll(async () => {
    const onError = (error: ApiError) =>
      void told.push({ error, asText: `${error.message}\n${JSON.stringify(error.toBody())}` })
    gateway = await faultGateway({ faults, cached, http: { onError } })
  })
  afterAll(() => gateway[Symbol.asyncDispose]())

  const shown = (got: Answer) => JSON.stringify([got.headers, got.text])
  const isClean = (text: string) =>
    expect(text).not.toMatch(/canary|10\.20\.30\.40|internal\/path|127\.0\.0\.1|app\.js/)

  it.each(
    [...Object.keys(faults), ...PLAIN, ...BROKEN].flatMap((fault) =>
      [true, false].map((streamed) => [fault, streamed] as const),
    ),
  )('stay inside when the vendor does %s (streamed: %s)', async (fault, streamed) => {
    const got = await gateway.chat(`fault:${fault}`, { stream: streamed })
    isClean(shown(got))
    for (const { asText } of told.splice(0)) isClean(asText)
    // It did get our key, and never the client's.
    const { headers } = gateway.vendor.requests.at(-1)!
    expect(headers['authorization']).toBe(`Bearer ${VENDOR_KEY}`)
    expect(JSON.stringify(headers)).not.toContain(CLIENT_KEY)
  })

  it('stay inside when the client is at fault', async () => {
    const body = { model: 'fault:ok', messages }
    const path = '/v1/chat/completions'
    const key = (value: string) => ({ headers: { authorization: value } })
    const answers = await Promise.all([
      gateway.ask(path, { body, ...key(`Bearer ${OTHER_KEY}`) }),
      gateway.ask(path, { body, ...key(`Basic ${OTHER_KEY}`) }),
      gateway.ask(path, { body, ...key(`Bearer ${CLIENT_KEY}x`) }),
      gateway.ask(path, { body: '{"model":' }),
      gateway.ask(path, { body: { ...body, temperature: 99 } }),
      gateway.ask(path, { body: 'x', headers: { 'content-type': 'text/plain' } }),
      gateway.ask('/v1/models'),
      gateway.ask('/v1/files'),
      gateway.ask(path),
      ask(`${gateway.url}/v1/models`, { headers: { 'x-api-key': OTHER_KEY } }),
    ])
    expect(answers.map((got) => got.status)).toEqual([
      401, 401, 401, 400, 400, 415, 200, 404, 405, 401,
    ])
    for (const got of answers) isClean(shown(got))
  })

  it('stay inside when the vendor cannot be reached', async () => {
    gateway.vendor.refuse()
    const got = await gateway.chat('fault:ok', { user: 'new' })
    await gateway.vendor.accept()
    isClean(shown(got))
  })
})
