/** The load client, in a process of its own: runs one job, given as JSON, and prints one line of figures. */
import { readdirSync, readFileSync } from 'node:fs'
import { Client } from 'undici'

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
  /** Clients leave after so many tokens (0 = as soon as the head is there, or 200 ms after asking). */
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

/** Time on the CPU of all threads of a process, in milliseconds, from the scheduler's own nanoseconds. */
function cpuMs(pid: number): number {
  let nanoseconds = 0
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    nanoseconds += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1').split(' ')[0])
  }
  return nanoseconds / 1e6
}

const rss = (pid: number) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))![1]) * 1024

async function run(job: Job): Promise<Figures> {
  const figures = { requests: 0, tokens: 0, bad: 0, left: {} as Record<string, number> }
  const first: number[] = []
  const clients = Array.from(
    { length: job.concurrency + (job.background ?? 0) },
    () => new Client(job.url, { pipelining: 1 }),
  )
  const headers = ['content-type', 'application/json', 'authorization', 'Bearer sk-bench-0123456789abcdef']
  headers.push(...Object.entries(job.headers ?? {}).flat())
  let issued = 0

  const padded = job.body.replace('@PAD@', 'The quick brown fox. '.repeat(Math.ceil(job.padBytes / 21)))
  const ask = (client: Client, body: string, counted: boolean) =>
    new Promise<void>((resolve) => {
      const id = `${process.pid}x${issued++}`
      const asked = performance.now()
      let tokens = 0
      let tail = ''
      let status = 0
      let done = false
      let controller: { abort(reason: Error): void } | undefined
      const leave = () => {
        if (done) return
        done = true
        figures.left[id] = performance.timeOrigin + performance.now()
        controller?.abort(new Error('leaving'))
        resolve()
      }
      if (job.leaveAfter === 0) setTimeout(leave, 200)
      const finish = (whole: boolean) => {
        if (done) return
        done = true
        if (counted) {
          figures.requests++
          figures.tokens += tokens
          if (!whole || status !== 200 || tokens !== job.tokens || (job.stream && !tail.endsWith('data: [DONE]\n\n')))
            figures.bad++
        }
        resolve()
      }
      client.dispatch(
        { path: job.path, method: 'POST', headers, body: body.replaceAll('@ID@', id) },
        {
          onRequestStart(given) {
            controller = given
          },
          onResponseStart(_given, code) {
            status = code
          },
          onResponseData(_given, bytes) {
            let found = 0
            for (let at = bytes.indexOf(0x7e); at >= 0; at = bytes.indexOf(0x7e, at + 1)) found++
            if (tokens === 0 && found > 0 && counted) first.push(performance.now() - asked)
            tokens += found
            tail = (tail + bytes.toString('latin1', Math.max(0, bytes.length - 24))).slice(-24)
            if (job.leaveAfter !== undefined && job.leaveAfter > 0 && tokens >= job.leaveAfter) leave()
          },
          onResponseEnd: () => finish(true),
          onResponseError: () => finish(false),
        },
      )
    })

  const rssBefore = rss(job.pid)
  let rssPeak = rssBefore
  const watch = setInterval(() => (rssPeak = Math.max(rssPeak, rss(job.pid))), 100)
  const background = clients.splice(0, job.background ?? 0)
  const open = background.map((client) => ask(client, (job.backgroundBody ?? '').replace('@PAD@', ''), false))
  if (background.length > 0) await new Promise((resolve) => setTimeout(resolve, 3000))

  const before = cpuMs(job.pid)
  const until = performance.now() + job.seconds * 1000
  let left = job.requests
  await Promise.all(
    clients.map(async (client) => {
      while (left-- > 0 && performance.now() < until) await ask(client, padded, true)
    }),
  )
  const spent = cpuMs(job.pid) - before
  clearInterval(watch)
  rssPeak = Math.max(rssPeak, rss(job.pid))
  for (const client of [...clients, ...background]) void client.destroy().catch(() => {})
  await Promise.allSettled(open)
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
