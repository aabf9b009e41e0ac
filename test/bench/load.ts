/**
 * The load client, in a process of its own: runs one job, given as JSON, and prints one line of
 * figures.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { Client, requestBytes, type Reply } from './client.ts'

/** How long after the slice's end an answer may still be under way. */
const PATIENCE_MS = 60_000

/** What to ask, how often, and whose costs to read. */
export interface Job {
  readonly url: string
  readonly path: string
  readonly body: string
  readonly concurrency: number
  /** The slice ends when this time or this many requests have gone by. */
  readonly seconds: number
  readonly requests: number
  /** Bytes of prose in the place of `@PAD@`. A command line could not carry them. */
  readonly padBytes: number
  /** `~` expected in each answer. */
  readonly tokens: number
  readonly stream: boolean
  /** Beside the key's and the body's own. */
  readonly headers?: Readonly<Record<string, string>>
  /** The process whose CPU time and memory are read. */
  readonly pid: number
  /** The clients begin one after another over this time. @defaultValue 0 */
  readonly rampMs?: number
  /**
   * Clients leave after so many tokens (0 = as soon as the head is there, or 200 ms after asking).
   */
  readonly leaveAfter?: number
  /** So many streams, asked for by `backgroundBody`, are open beside the job. */
  readonly background?: number
  readonly backgroundBody?: string
}

/** What a slice cost and gave. */
export interface Figures {
  readonly requests: number
  readonly tokens: number
  readonly bad: number
  readonly cpuMs: number
  readonly rssBefore: number
  readonly rssPeak: number
  /** Median time to the first token. */
  readonly firstMs: number
  /** When each client left, by the id in its prompt. */
  readonly left: Readonly<Record<string, number>>
}

/**
 * Time on the CPU of all threads of a process, in milliseconds, from the scheduler's own
 * nanoseconds.
 */
function cpuMs(pid: number): number {
  let nanoseconds = 0
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    nanoseconds += Number(
      readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1').split(' ')[0],
    )
  }
  return nanoseconds / 1e6
}

const rss = (pid: number) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))![1]) * 1024

async function run(job: Job): Promise<Figures> {
  const figures = { requests: 0, tokens: 0, bad: 0, left: {} as Record<string, number> }
  const first: number[] = []
  const url = new URL(job.url)
  const headers = {
    'content-type': 'application/json',
    authorization: 'Bearer sk-bench-0123456789abcdef',
    ...job.headers,
  }
  const clientsOf = (count: number, body: string, padBytes: number, leaveAfter?: number) => {
    const padded = body.replace('@PAD@', 'The quick brown fox. '.repeat(Math.ceil(padBytes / 21)))
    const request = requestBytes(url, job.path, headers, padded)
    return Array.from({ length: count }, () => new Client(Number(url.port), request, leaveAfter))
  }
  const clients = clientsOf(job.concurrency, job.body, job.padBytes, job.leaveAfter)
  const background = clientsOf(job.background ?? 0, job.backgroundBody ?? '', 0)

  const count = ({ id, ending, answer, at, firstMs }: Reply) => {
    if (ending === 'left') {
      figures.left[id] = performance.timeOrigin + at
      return
    }
    figures.requests++
    figures.tokens += answer.tokens
    if (firstMs !== undefined) first.push(firstMs)
    const complete =
      ending === 'whole' && answer.tokens === job.tokens && (answer.done || !job.stream)
    if (answer.status !== 200 || !complete) figures.bad++
  }

  const rssBefore = rss(job.pid)
  let rssPeak = rssBefore
  const watch = setInterval(() => (rssPeak = Math.max(rssPeak, rss(job.pid))), 100)
  const open = background.map((client) => client.ask())
  if (background.length > 0) await wait(3000)

  const before = cpuMs(job.pid)
  const end = performance.now() + job.seconds * 1000
  const closeAll = () => [...clients, ...background].forEach((client) => client.close())
  // Ends by itself even where an answer never does.
  const deadline = setTimeout(closeAll, job.seconds * 1000 + PATIENCE_MS)
  let left = job.requests
  await Promise.all(
    clients.map(async (client, at) => {
      if (job.rampMs) await wait((at * job.rampMs) / clients.length)
      while (left-- > 0 && performance.now() < end) count(await client.ask())
    }),
  )
  const spent = cpuMs(job.pid) - before
  clearInterval(watch)
  clearTimeout(deadline)
  rssPeak = Math.max(rssPeak, rss(job.pid))
  // Beside streams that are over, or never began, it was not the workload that it should have been.
  figures.bad += background.filter((client) => !client.open).length
  closeAll()
  await Promise.all(open)
  first.sort((a, b) => a - b)
  return { ...figures, firstMs: first[first.length >> 1] ?? 0, cpuMs: spent, rssBefore, rssPeak }
}

run(JSON.parse(process.argv[2]!) as Job).then(
  (figures) => {
    process.stdout.write(`${JSON.stringify(figures)}\n`, () => process.exit(0))
  },
  (error: unknown) => {
    console.error(error)
    process.exit(1)
  },
)
