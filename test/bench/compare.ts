/**
 * `pnpm bench [--only W1,W2] [--rounds 3] [--slices 4] [--check] [--portkey]`: each contestant in a
 * process of its own, slices in turn, figures of the gateway's CPU as ratios to a baseline in the
 * same round. Linux only; loopback only; ends by itself.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { createServer, connect, type AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { argument, flag } from './arguments.ts'
import type { Figures, Job } from './load.ts'
import { installPortkey, portkeyHeaders } from './portkey.ts'
import { workloads, type Workload } from './workloads.ts'

const here = import.meta.dirname
const node = [process.execPath, '--conditions=@sluice/source']
/**
 * Of load before the first slice. A young process spends as much on compiling as on serving, and
 * how much of that falls into a slice is chance.
 */
const WARM_UP_SECONDS = 4
const run = promisify(execFile)

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Ours take `--port N`, Portkey `--port=N`. */
function portArguments(file: string, port: number): readonly string[] {
  return file.startsWith('contestants/') || file === 'vendor.ts'
    ? ['--port', String(port)]
    : [`--port=${port}`]
}

/** All that was started; whatever goes wrong, none may keep this process alive. */
const children = new Set<ChildProcess>()

async function start(
  file: string,
  args: readonly string[],
): Promise<{ readonly process: ChildProcess; readonly url: string }> {
  const port = await freePort()
  const child = spawn(
    node[0]!,
    [...node.slice(1), resolve(here, file), ...portArguments(file, port), ...args],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, NODE_ENV: 'production' },
    },
  )
  children.add(child)
  for (let turn = 0; turn < 200; turn++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => (socket.destroy(), resolve(true)))
      socket.on('error', () => resolve(false))
    })
    if (open) return { process: child, url: `http://127.0.0.1:${port}` }
    await wait(50)
  }
  throw new Error(`${file} did not start`)
}

function bodyOf(workload: Workload): string {
  const nonce = workload.same === true ? 'same' : '@ID@'
  if (workload.path === '/v1/messages')
    return JSON.stringify({
      model: workload.model,
      ...(workload.stream ? { stream: true } : {}),
      max_tokens: 512,
      system: 'You are a helpful assistant.',
      messages: [{ role: 'user', content: `Hello #id:${nonce}#` }],
    })
  if (workload.path === '/v1/responses')
    return JSON.stringify({
      model: workload.model,
      stream: true,
      store: false,
      input: `Hello #id:${nonce}#`,
    })
  if (workload.path !== undefined)
    return JSON.stringify({
      model: workload.model,
      encoding_format: 'float',
      input: `Hello ${nonce}`,
    })
  const content = `Hello #id:${nonce}# @PAD@`
  if (workload.dialect === 'gemini')
    return JSON.stringify({ contents: [{ role: 'user', parts: [{ text: content }] }] })
  return JSON.stringify({
    model: workload.model,
    ...(workload.stream ? { stream: true } : {}),
    max_tokens: 512,
    ...workload.params,
    messages: [
      { role: 'system', content: 'You are a helpful assistant.' },
      { role: 'user', content },
    ],
  })
}

function pathOf({ path = '/v1/chat/completions', dialect, model }: Workload): string {
  return dialect === 'gemini' ? `/v1/models/${model}:streamGenerateContent?alt=sse` : path
}

async function slice(
  url: string,
  pid: number,
  workload: Workload,
  warm: boolean,
  headers: Readonly<Record<string, string>> = {},
): Promise<Figures> {
  const { concurrency, dialect, repeats = 1 } = workload
  const tokens = workload.tokens * repeats
  const path = pathOf(workload)
  // Gemini's streams have no `[DONE]`.
  const stream = workload.stream && dialect === undefined
  const background = warm
    ? {}
    : {
        background: workload.background ?? 0,
        backgroundBody: bodyOf({ ...workload, model: 'bench;tokens=2;delay=60000', stream: true }),
      }
  const size = warm
    ? {
        concurrency: Math.min(concurrency, 32),
        seconds: WARM_UP_SECONDS,
        requests: 100_000,
        rampMs: 0,
      }
    : workload
  // Slow streams would hardly be over by then.
  const asked = warm ? { ...workload, model: workload.model.replace(/;delay=\d+/, '') } : workload
  const job: Job = {
    url,
    path,
    body: bodyOf(asked),
    padBytes: workload.promptBytes ?? 0,
    tokens,
    stream,
    headers,
    pid,
    ...background,
    concurrency: size.concurrency,
    seconds: size.seconds,
    requests: size.requests,
    rampMs: size.rampMs ?? 0,
  }
  const { stdout } = await run(
    node[0]!,
    [...node.slice(1), resolve(here, 'load.ts'), JSON.stringify(job)],
    {
      maxBuffer: 1 << 28,
    },
  )
  return JSON.parse(stdout) as Figures
}

interface Row {
  readonly contestant: string
  readonly costs: number[]
  bad: number
  readonly memory: number[]
  readonly first: number[]
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
const quartiles = (values: readonly number[]) =>
  [0.25, 0.75].map(
    (part) => values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? Number.NaN,
  )

/** Runs a workload: fresh processes each round, slices in turn, forth and back. */
async function measure(
  workload: Workload,
  rounds: number,
  slices: number,
  portkey: string | undefined,
): Promise<Map<string, Row>> {
  const rows = new Map<string, Row>()
  const contestants: [string, string, readonly string[]][] = [
    [workload.baseline, `contestants/${workload.baseline}.ts`, []],
    ...(workload.baseline === 'bare' && workload.against === undefined
      ? ([['express-bare', 'contestants/express-bare.ts', []]] as const)
      : []),
    ...(portkey !== undefined && workload.baseline === 'bare' && workload.flags === undefined
      ? ([['portkey', portkey, ['--headless']]] as const)
      : []),
    ['sluice', 'contestants/sluice.ts', workload.flags ?? []],
  ].map(([name, file, flags]) => [name as string, file as string, flags as readonly string[]])
  const runTogether = async (group: typeof contestants) => {
    const vendor = await start('vendor.ts', [])
    const running = await Promise.all(
      group.map(async ([name, file, flags]) => ({
        name,
        headers: name === 'portkey' ? portkeyHeaders(vendor.url, workload.model) : {},
        ...(await start(file, name === 'portkey' ? flags : ['--vendor', vendor.url, ...flags])),
      })),
    )
    try {
      // The yardstick of a translated stream is the plain one: a bare proxy cannot translate.
      const loadOf = (name: string) =>
        name === 'bare' && workload.against !== undefined
          ? workloads.find((one) => one.id === workload.against)!
          : workload
      for (const one of running)
        await slice(one.url, one.process.pid!, loadOf(one.name), true, one.headers)
      for (let turn = 0; turn < slices; turn++) {
        for (const one of turn % 2 === 0 ? running : running.toReversed()) {
          const figures = await slice(
            one.url,
            one.process.pid!,
            loadOf(one.name),
            false,
            one.headers,
          )
          const row = rows.get(one.name) ?? {
            contestant: one.name,
            costs: [],
            bad: 0,
            memory: [],
            first: [],
          }
          rows.set(one.name, row)
          row.costs.push(
            (figures.cpuMs * 1000) /
              (workload.per === 'token'
                ? figures.tokens / (loadOf(one.name).repeats ?? 1)
                : figures.requests),
          )
          row.bad += figures.bad
          row.memory.push((figures.rssPeak - figures.rssBefore) / 1024 / workload.concurrency)
          row.first.push(figures.firstMs)
        }
      }
    } finally {
      for (const one of [...running, vendor]) one.process.kill('SIGTERM')
    }
  }
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? contestants : contestants.toReversed()
    // After thousands of streams connections go on closing for a while, and would cost the next
    // contestant a fifth more.
    const groups = workload.streams === true ? order.map((one) => [one]) : [order]
    for (const group of groups) await runTogether(group)
  }
  return rows
}

async function main(): Promise<void> {
  const only = argument('only', '').split(',').filter(Boolean)
  const rounds = Number(argument('rounds', '3'))
  const slices = Number(argument('slices', '4'))
  const portkey = flag('portkey') ? await installPortkey() : undefined
  const missed: string[] = []
  console.log(
    `Node ${process.version}, ${rounds} rounds of ${slices} slices in turn; CPU of the gateway process, medians.\n`,
  )
  console.log(
    '| workload | contestant | µs | ratio | quartiles | first token ms | KiB per stream | bad | must | aim |',
  )
  console.log('| --- | --- | --: | --: | --- | --: | --: | --: | --: | --: |')
  for (const workload of workloads.filter((one) => only.length === 0 || only.includes(one.id))) {
    const rows = await measure(workload, rounds, workload.streams === true ? 1 : slices, portkey)
    const base = rows.get(workload.baseline)!
    for (const row of rows.values()) {
      const ratios = row.costs.map((cost, at) => cost / base.costs[at]!)
      const [low, high] = quartiles(ratios)
      const ours = row.contestant === 'sluice'
      const memory = workload.streams === true ? median(row.memory).toFixed(0) : ''
      console.log(
        `| ${workload.id} ${workload.title}, per ${workload.per} | ${row.contestant} | ${median(row.costs).toFixed(2)} | ×${median(ratios).toFixed(2)} | ${low!.toFixed(2)}–${high!.toFixed(2)} | ${median(row.first).toFixed(1)} | ${memory} | ${row.bad} | ${ours ? `×${workload.must}` : ''} | ${ours ? `×${workload.aim}` : ''} |`,
      )
      // 15 % is what the same code differs by from run to run.
      if (ours && (median(ratios) > workload.must * 1.15 || row.bad > 0))
        missed.push(`${workload.id} ×${median(ratios).toFixed(2)}, ${row.bad} bad`)
    }
  }
  if (flag('check') && missed.length > 0) {
    console.error(`\nmissed: ${missed.join('; ')}`)
    process.exitCode = 1
  }
}

main().catch((error: unknown) => {
  console.error(error)
  for (const child of children) child.kill('SIGKILL')
  process.exitCode = 1
})
