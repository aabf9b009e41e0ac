import { Buffer } from 'node:buffer'
import { bodyBytesOf } from '@sluice/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson } from '../src/parse-json.ts'
import { RememberedBodies, fingerprintOf } from '../src/remembered-bodies.ts'
import { post, recorded } from './recorded.ts'

const anything = () => {}
const TIMES = 3

/** The params of a body after it has come so often that it is remembered, if it ever is. Each time in memory of its own, as it comes from a socket. */
function paramsOf(bodies: RememberedBodies, text: string, check = anything) {
  for (let time = 1; time < TIMES; time++) bodies.read(Buffer.from(text), check)
  return bodies.read(Buffer.from(text), check).params
}

/** Whether the next body of these bytes gives the same object as the one before. */
function isRemembered(bodies: RememberedBodies, text: string, check = anything): boolean {
  return bodies.read(Buffer.from(text), check).params === bodies.read(Buffer.from(text), check).params
}

describe('bodies that are remembered', () => {
  it('give the third time what they gave the second, and what a body gives otherwise', () => {
    const bodies = new RememberedBodies()
    const text = '{"model":"m","messages":[{"role":"user","content":"你好"}]}'
    const [first, second, third] = [1, 2, 3].map(() => bodies.read(Buffer.from(text), anything))
    expect(first).toEqual(parseJson(Buffer.from(text)))
    expect(second).toEqual(first)
    expect(second!.params).not.toBe(first!.params)
    expect(third).toBe(second)
  })

  it('are not checked again', () => {
    const bodies = new RememberedBodies()
    let checks = 0
    const check = () => {
      checks++
    }
    for (let time = 0; time < 10; time++) bodies.read(Buffer.from('{"a":1}'), check)
    expect(checks).toBe(2)
  })

  it('cannot be changed, at any depth', () => {
    const params = paramsOf(new RememberedBodies(), '{"a":{"b":[{"c":1}]}}') as { a: { b: { c: number }[] } }
    expect(() => Object.assign(params, { x: 1 })).toThrow(TypeError)
    expect(() => params.a.b.push({ c: 2 })).toThrow(TypeError)
    expect(() => Object.assign(params.a.b[0]!, { c: 2 })).toThrow(TypeError)
    expect(params).toEqual({ a: { b: [{ c: 1 }] } })
  })

  it('keep nothing of the memory that they came in', () => {
    const bodies = new RememberedBodies()
    const came = Buffer.from('{"a":1}')
    bodies.read(came, anything)
    bodies.read(came, anything)
    const { bytes } = bodies.read(came, anything)
    expect(bytes).toEqual(Buffer.from('{"a":1}'))
    expect(bytes!.buffer).not.toBe(came.buffer)
    expect(bytes!.buffer.byteLength).toBe(7)
    came.fill(0x20)
    expect(isRemembered(bodies, '{"a":1}')).toBe(true)
  })

  it('are never those of another route', () => {
    const bodies = new RememberedBodies()
    const other = () => {}
    const params = paramsOf(bodies, '{"a":1}')
    expect(paramsOf(bodies, '{"a":1}', other)).not.toBe(params)
    expect(paramsOf(bodies, '{"a":1}')).toBe(params)
  })

  it('make room for others of the same fingerprint that come more often', () => {
    const bodies = new RememberedBodies(() => 7)
    const params = paramsOf(bodies, '{"a":1}')
    expect(isRemembered(bodies, '{"a":2}')).toBe(false)
    expect(paramsOf(bodies, '{"a":1}')).toBe(params)
    for (let time = 0; time < 20; time++) bodies.read(Buffer.from('{"a":2}'), anything)
    expect(isRemembered(bodies, '{"a":2}')).toBe(true)
  })

  it.each<[string, string]>([
    ['longer than 16 KiB', JSON.stringify({ a: 'x'.repeat(16 * 1024) })],
    ['behind a byte-order mark', '\ufeff{"a":1}'],
    ['with a member that is taken out', '{"a":1,"__proto__":{"b":1}}'],
  ])('are none %s', (_what, text) => {
    const bodies = new RememberedBodies()
    paramsOf(bodies, text)
    expect(isRemembered(bodies, text)).toBe(false)
    expect(bodies.read(Buffer.from(text), anything)).toEqual(parseJson(Buffer.from(text)))
  })

  it.each([
    ['256 short ones', 300, 256, 10],
    ['1 MiB of long ones', 100, 64, 16 * 1024 - 20],
  ])('are %s at most, the last', (_what, sent, kept, length) => {
    const bodies = new RememberedBodies()
    const texts = Array.from({ length: sent }, (_, at) => JSON.stringify({ at, pad: 'x'.repeat(length) }))
    const params = texts.map((text) => paramsOf(bodies, text))
    const remembered = texts.filter((text, at) => bodies.read(Buffer.from(text), anything).params === params[at])
    expect(remembered).toEqual(texts.slice(-kept))
  })
})

describe('whatever comes in whatever order', () => {
  const routes = [() => {}, () => {}]
  const value = fc.constantFrom('1', '2', '[1]', '{"b":1}')
  const sent = fc.record({
    text: fc.tuple(fc.constantFrom('a', 'b'), value).map(([name, json]) => `{"${name}":${json}}`),
    route: fc.constantFrom(...routes),
  })
  // Fingerprints that many bodies share, and the real one.
  const fingerprints = fc.constantFrom<(bytes: Uint8Array) => number>(
    () => 1,
    () => 0,
    ({ length }) => length,
    (bytes) => bytes[1 + bytes.indexOf(0x22)]!,
    (bytes) => -fingerprintOf(bytes),
    fingerprintOf,
  )

  it('is read as what it is, and shares an object with the same bytes on the same route only', () => {
    let shared = 0
    fc.assert(
      fc.property(fingerprints, fc.array(sent, { minLength: 20, maxLength: 60 }), (fingerprint, requests) => {
        const bodies = new RememberedBodies(fingerprint)
        const owners = new Map<object, string>()
        for (const { text, route } of requests) {
          const body = bodies.read(Buffer.from(text), route)
          expect(body.params).toEqual(JSON.parse(text))
          expect(Buffer.from(body.bytes!).toString()).toBe(text)
          const owner = `${routes.indexOf(route)}${text}`
          if (owners.has(body.params)) shared++
          expect(owners.get(body.params) ?? owner).toBe(owner)
          owners.set(body.params, owner)
        }
      }),
      { numRuns: 1000 },
    )
    expect(shared).toBeGreaterThan(1000)
  })

  it('is read as what it is though a single byte differs, anywhere', () => {
    const text = JSON.stringify({ a: 'x'.repeat(3000) })
    fc.assert(
      fc.property(fc.integer({ min: 6, max: 3005 }), (at) => {
        const bodies = new RememberedBodies()
        const params = paramsOf(bodies, text)
        const changed = `${text.slice(0, at)}y${text.slice(at + 1)}`
        for (let time = 0; time < 30; time++) {
          expect(bodies.read(Buffer.from(changed), anything).params).toEqual(JSON.parse(changed))
        }
        expect(params).toEqual(JSON.parse(text))
      }),
    )
  })
})

describe('the fingerprint of a body', () => {
  it('is the same for the same bytes, wherever they stand in memory', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), fc.nat({ max: 7 }), (bytes, offset) => {
        const moved = new Uint8Array(bytes.length + offset).subarray(offset)
        moved.set(bytes)
        expect(fingerprintOf(moved)).toBe(fingerprintOf(bytes))
      }),
    )
  })

  it('differs by any byte of a body up to 2 KiB, and by those at the end of a longer one', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 2048 })
    fc.assert(
      fc.property(bytes, fc.nat(), fc.integer({ min: 1, max: 255 }), fc.boolean(), (end, place, by, isLong) => {
        const tail = isLong ? end.slice(-1024) : end
        const body = new Uint8Array(isLong ? 10_000 : tail.length)
        body.set(tail, body.length - tail.length)
        const before = fingerprintOf(body)
        body[body.length - 1 - (place % tail.length)]! ^= by
        expect(fingerprintOf(body)).not.toBe(before)
      }),
    )
  })
})

describe('the surface', () => {
  const chat = (content: string) => JSON.stringify({ model: 'm', messages: [{ role: 'user', content }] })

  it('gives the handler the same params for a body that comes again, and others for another', async () => {
    await using server = await recorded()
    for (const text of ['a', 'a', 'b', 'a', 'a']) {
      expect((await post(server.url, '/chat/completions', chat(text))).status).toBe(200)
    }
    const [, second, other, third, fourth] = server.calls
    expect(third!.params).toBe(second!.params)
    expect(fourth!.params).toBe(second!.params)
    expect(other!.params).toEqual(JSON.parse(chat('b')))
    for (const call of [second!, third!, fourth!]) expect(bodyBytesOf(call)).toEqual(Buffer.from(chat('a')))
  })

  it('refuses a faulty body each time', async () => {
    await using server = await recorded()
    for (const body of ['{"model":"m","messages":[]}', '{"model":', '[]']) {
      const answers = []
      for (let time = 0; time < 4; time++) answers.push(await post(server.url, '/chat/completions', body))
      expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400])
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    }
    expect(server.calls).toEqual([])
  })
})
