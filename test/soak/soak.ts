import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { faultVendor, seededRandom, type VendorRequest } from '@sluice/conformance'
import { slopeOf, type Figures } from './figures.ts'
import { flood, kinds, type LoadTarget } from './load.ts'

const KEY = 'sk-soak-client-0123456789'
const WRITE_TIMEOUT_MS = 2000
/** Longer than idle connections of either side are kept. */
const REST_MS = 7000
const MAX_SLOPE = 1024 * 1024
/** Until the allocator's pools are as large as the load needs them. */
const WARM_UP_MINUTES = 4

/**
 * `pnpm soak --minutes 10 --concurrency 24 --seed 1`: fails where the gateway does not come back to
 * what it was.
 */
async function soak(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '10' },
      concurrency: { type: 'string', default: '24' },
      seed: { type: 'string', default: '1' },
    },
    allowPositionals: true,
  })
  const minutes = Number(values.minutes)
  const random = seededRandom(Number(values.seed))
  await using vendor = await faultVendor({ faults: { flood } })
  const gateway = fork(
    fileURLToPath(new URL('gateway.ts', import.meta.url)),
    [vendor.url, KEY, String(WRITE_TIMEOUT_MS)],
    {
      // The young generation would grow to its 48 MB for as long as the run lasts, which looks like
      // a leak and hides one.
      execArgv: [
        '--conditions=@sluice/source',
        '--expose-gc',
        '--no-warnings',
        '--max-semi-space-size=2',
      ],
    },
  )
  try {
    const [{ port }] = (await once(gateway, 'message')) as [{ port: number }]
    const target: LoadTarget = { port, key: KEY, slowReaderMs: WRITE_TIMEOUT_MS + 1000 }
    const counts = new Map(kinds.map(({ name }) => [name, { good: 0, bad: 0 }]))
    let requests = 0
    const one = async () => {
      const kind = pick(random())
      const count = counts.get(kind.name)!
      const isRight = await kind.run(target).catch(() => false)
      count[isRight ? 'good' : 'bad']++
      requests++
    }

    // Every kind once, so that what is loaded or kept on first use belongs to the baseline.
    await Promise.all(kinds.map(({ run }) => run(target)))
    await setTimeout(REST_MS)
    const baseline = await figuresOf(gateway)
    console.log(`baseline          ${text(baseline)}`)

    const startedAt = performance.now()
    const elapsed = () => (performance.now() - startedAt) / 60_000
    const worker = async () => {
      while (elapsed() < minutes) await one()
    }
    const samples: [number, number][] = []
    const sample = async () => {
      for (let minute = 1, before = 0; elapsed() < minutes;) {
        await setTimeout(Math.min(5000, Math.max(0, (minutes - elapsed()) * 60_000)))
        const figures = await figuresOf(gateway)
        samples.push([elapsed(), figures.rssBytes])
        // The vendor remembers every request for tests; nobody asks for them here.
        const remembered = vendor.requests as VendorRequest[]
        remembered.length = 0
        if (elapsed() < minute) continue
        console.log(
          `minute ${String(minute).padStart(2)}  ${String(requests - before).padStart(6)} requests  ${text(figures)}`,
        )
        before = requests
        minute++
      }
    }
    await Promise.all([sample(), ...Array.from({ length: Number(values.concurrency) }, worker)])

    await setTimeout(REST_MS)
    const last = await figuresOf(gateway)
    console.log(`afterwards        ${text(last)}`)
    console.log('kind             right  wrong')
    for (const [name, { good, bad }] of counts)
      console.log(name.padEnd(15), String(good).padStart(6), String(bad).padStart(6))

    const isLong = minutes >= WARM_UP_MINUTES * 1.5
    const slope = isLong ? slopeOf(samples.filter(([at]) => at > WARM_UP_MINUTES)) : 0
    console.log(
      isLong ? `RSS after the warm-up: ${megabytes(slope)} a minute` : 'too short to judge the RSS',
    )
    const problems = [
      ...(['permits', 'timers', 'sockets', 'listeners'] as const)
        .filter((name) => last[name] > baseline[name])
        .map((name) => `${name}: ${last[name]}, before ${baseline[name]}`),
      ...(vendor.openSockets > 0 ? [`connections to the vendor: ${vendor.openSockets}`] : []),
      ...(slope > MAX_SLOPE ? ['RSS grows'] : []),
      ...[...counts]
        .filter(([, { bad }]) => bad > 0)
        .map(([name, { bad }]) => `${name}: ${bad} wrong answers`),
    ]
    for (const problem of problems) console.log(`NOT AT BASELINE  ${problem}`)
    return problems.length === 0
  } finally {
    gateway.kill()
  }
}

function pick(at: number): (typeof kinds)[number] {
  let left = at * kinds.reduce((sum, { share }) => sum + share, 0)
  return kinds.find(({ share }) => (left -= share) < 0) ?? kinds[0]!
}

async function figuresOf(gateway: ChildProcess): Promise<Figures> {
  gateway.send('figures')
  const [figures] = (await once(gateway, 'message')) as [Figures]
  return figures
}

const megabytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MB`

function text(figures: Figures): string {
  const { rssBytes, heapBytes, bufferBytes, permits, timers, sockets, listeners } = figures
  const memory = `RSS ${megabytes(rssBytes)}  heap ${megabytes(heapBytes)}  buffers ${megabytes(bufferBytes)}`
  return `${memory}  permits ${permits}  timers ${timers}  sockets ${sockets}  listeners ${listeners}`
}

soak().then(
  (isGood) => {
    process.exitCode = isGood ? 0 : 1
  },
  (error: unknown) => {
    console.error(error)
    process.exitCode = 1
  },
)
