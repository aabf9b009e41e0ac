import { afterEach, describe, expect, it } from 'vitest'
import { loadFixtures, replayVendor, type RunningVendor } from '../src/index.ts'

const fixtures = loadFixtures(new URL('fixtures/tiny', import.meta.url))
const text = fixtures.find(({ name }) => name === 'text')!
let vendor: RunningVendor
afterEach(() => vendor.close())

const ask = (path: string, body: unknown) =>
  fetch(vendor.url + path, { method: 'POST', body: JSON.stringify(body) })

describe('replayVendor', () => {
  it('answers a golden request with the golden bytes, whatever the base path', async () => {
    vendor = await replayVendor(fixtures, { everyBytes: 5 })
    const response = await ask('/some/base/chat', text.request.body)
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(text.upstream.stream)
  })

  it('answers with the status of the case', async () => {
    vendor = await replayVendor(fixtures)
    const failing = fixtures.find(({ name }) => name === 'error')!
    const response = await ask('/chat', failing.request.body)
    expect(response.status).toBe(404)
    expect(await response.json()).toEqual({ error: { message: 'There is no model tiny-huge.' } })
  })

  it.each([
    [
      'another body',
      '/chat',
      { ...(text.request.body as object), seed: 1 },
      /No case has this body; tiny\/\S+ has \{/,
    ],
    ['another path', '/elsewhere', text.request.body, /No case was asked for at \/elsewhere/],
    ['no JSON at all', '/chat', undefined, /No case has this body/],
  ])('refuses %s and says what it knows', async (_what, path, body, words) => {
    vendor = await replayVendor(fixtures)
    const response = await ask(path, body)
    expect(response.status).toBe(400)
    expect(((await response.json()) as { error: { message: string } }).error.message).toMatch(words)
  })
})
