import { monitorEventLoopDelay } from 'node:perf_hooks'
import { seededRandom } from '@sluice/conformance'
import { expect, it } from 'vitest'
import { BOUNDARY, field, file, form, part, post, spooledFiles, surface } from './surface.ts'

const MUTATIONS = 3000
const AT_A_TIME = 16

const VALID = form(
  field('model', 'whisper-1'),
  field('temperature', '0.5'),
  field('timestamp_granularities[]', 'word'),
  file('file', Buffer.alloc(80_000, 'sound')),
  part(
    'Content-Disposition: form-data; name="prompt"\r\nContent-Type: text/plain; charset=utf-8',
    'héllo',
  ),
)
const STRUCTURE = [
  `--${BOUNDARY}`,
  '--',
  '\r\n',
  '\r\n\r\n',
  '"',
  ';',
  'name=',
  'filename="',
  '\0',
  `\r\n--${BOUNDARY}--`,
  '\xff',
]

/**
 * The valid form with one to three things wrong with it. Most bytes are the file's, so that places
 * are drawn from the structure mostly.
 */
function mutate(random: () => number): Buffer {
  let body = VALID
  const at = () => {
    const from = Math.floor(random() * 600)
    return random() < 0.5 ? Math.min(from, body.length) : Math.max(0, body.length - from)
  }
  for (let left = 1 + Math.floor(random() * 3); left > 0; left--) {
    const place = at()
    const kind = Math.floor(random() * 6)
    if (kind === 0) body = body.subarray(0, place)
    else if (kind === 1)
      body = Buffer.concat([
        body.subarray(0, place),
        body.subarray(place + Math.floor(random() * 40)),
      ])
    else if (kind === 2) {
      const piece = Buffer.from(STRUCTURE[Math.floor(random() * STRUCTURE.length)]!, 'latin1')
      body = Buffer.concat([body.subarray(0, place), piece, body.subarray(place)])
    } else if (kind === 3) {
      const other = at()
      body = Buffer.concat([
        body.subarray(0, place),
        body.subarray(other, other + 200),
        body.subarray(place),
      ])
    } else {
      body = Buffer.from(body)
      if (place < body.length) body[place] = Math.floor(random() * 256)
    }
  }
  return body
}

it(`answers ${MUTATIONS} broken forms with 200 or 400, in JSON, and keeps nothing of them`, async () => {
  await using at = await surface()
  const random = seededRandom(20_261_121)
  const statuses: Record<number, number> = {}
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  for (let done = 0; done < MUTATIONS; done += AT_A_TIME) {
    const bodies = Array.from({ length: Math.min(AT_A_TIME, MUTATIONS - done) }, () =>
      mutate(random),
    )
    for (const { status } of await Promise.all(bodies.map((body) => post(at.url, body)))) {
      statuses[status] = (statuses[status] ?? 0) + 1
    }
  }
  delay.disable()
  expect(Object.keys(statuses)).toEqual(['200', '400'])
  expect(statuses[200]).toBeGreaterThan(MUTATIONS / 100)
  expect(statuses[400]).toBeGreaterThan(MUTATIONS / 2)
  // The median: a single turn may wait for the garbage collector or for other tests.
  expect(delay.percentile(50) / 1e6).toBeLessThan(50)
  await expect.poll(spooledFiles).toBe(0)
}, 60_000)
