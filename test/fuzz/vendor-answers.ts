import { POISON, type VendorBytes } from './answer-as-http.ts'
import { randomOf, type FuzzFigures } from './client-bodies.ts'
import { judgeAnswer, type Got } from './judge-answer.ts'
import { mutateAnswer } from './mutate-answer.ts'
import { sampleAnswers, type FuzzedDialect, type SampleAnswer } from './sample-answers.ts'
import { AT_ONCE, LEFT, VendorBench } from './vendor-bench.ts'

/** How vendors' answers are tried. The same seed makes the same answers. */
export interface VendorFuzzOptions {
  readonly dialect: FuzzedDialect
  readonly seed: number
  readonly runs: number
  /** Only the one of this number, to look at it again. */
  readonly only?: number | undefined
}

/** After so many, all slots have to be free and no upstream busy. */
const BATCH = 1000
const MAX_FAULTS = 10
/**
 * Failures that are not the bytes' own: a machine that is busy, a connection that was closed while
 * it was idle.
 */
const OF_TIME =
  /in time|longer than allowed|fell silent|"upstream_unreachable"|could not be reached/

/**
 * Lets a vendor answer in every wrong way. Each request has to end, with an error in OpenAI's shape
 * or an answer that is one, and give back its slot and its connection; the process has to live.
 */
export async function fuzzVendorAnswers({
  dialect,
  seed,
  runs,
  only,
}: VendorFuzzOptions): Promise<FuzzFigures> {
  await using bench = await VendorBench.open(dialect)
  await using straight = await VendorBench.open(dialect, true)
  const statuses: Record<string, number> = {}
  const faults: string[] = []
  const escaped = (error: unknown) =>
    faults.push(`escaped: ${error instanceof Error ? error.stack : String(error)}`)
  process.on('uncaughtException', escaped)
  process.on('unhandledRejection', escaped)
  try {
    const from = only ?? 0
    const end = only === undefined ? runs : only + 1
    for (let start = from; start < end && faults.length < MAX_FAULTS; start += BATCH) {
      let next = start
      const stop = Math.min(end, start + BATCH)
      const work = async () => {
        while (next < stop && faults.length < MAX_FAULTS) {
          const at = next++
          const random = randomOf(seed * 1_000_003 + at)
          const sample = pickSample(dialect, random)
          const answer = mutateAnswer(sample, random)
          const leaveAfterMs = random() < 0.2 ? Math.floor(random() * 8) : undefined
          const got = await bench.ask(at, sample, answer, leaveAfterMs)
          statuses[got.status] = (statuses[got.status] ?? 0) + 1
          if (got.text === LEFT) continue
          const again = isSteady(answer, got)
            ? await straight.ask(at, sample, inOnePiece(answer))
            : got
          const fault = faultOf(sample, got) ?? differenceOf(got, again)
          if (fault !== undefined)
            faults.push(`#${at} ${fault}: ${got.status} ${got.text.slice(-300)}`)
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, work))
      const left = await bench.leftOver()
      if (left !== undefined) faults.push(`after #${stop - 1}: ${left}`)
    }
  } finally {
    process.off('uncaughtException', escaped)
    process.off('unhandledRejection', escaped)
  }
  return { runs: only === undefined ? runs : 1, statuses, faults }
}

/**
 * Closes everything while answers are under way, again and again: clients, the surface and the
 * provider, in one turn. Whatever phase an answer is in, the process has to live.
 */
export async function fuzzClosing({
  dialect,
  seed,
  runs,
}: Omit<VendorFuzzOptions, 'only'>): Promise<void> {
  const random = randomOf(seed)
  for (let run = 0; run < runs; run++) {
    const bench = await VendorBench.open(dialect)
    const asked = Array.from({ length: AT_ONCE }, (_, at) => {
      const sample = pickSample(dialect, random)
      return bench.ask(at, sample, mutateAnswer(sample, random))
    })
    await new Promise((resolve) => setTimeout(resolve, run % 40))
    await bench[Symbol.asyncDispose]()
    await Promise.all(asked)
  }
}

/** Whether the same bytes must mean the same again: time has nothing to do with it. */
function isSteady({ ending }: VendorBytes, { status }: Got): boolean {
  return (ending === 'end' || ending === 'keep-alive') && status !== 0 && status !== 504
}

function inOnePiece({ pieces, ending }: VendorBytes): VendorBytes {
  return { pieces: [Buffer.concat(pieces)], ending }
}

/**
 * What a provider that knows its vendor's shapes made of an answer in pieces, and a new one of the
 * whole, is the same to the byte, but for names and times of our own. A failure may come before the
 * first byte or behind it.
 */
function differenceOf(got: Got, again: Got): string | undefined {
  const [one, other] = [got, again].map((answer) =>
    hasFailed(answer) ? 'a failure' : plainText(answer),
  )
  if (one === other || OF_TIME.test(got.text) || OF_TIME.test(again.text)) return undefined
  return `the same bytes gave another answer: ${again.status} ${again.text.slice(-300)} ===`.replaceAll(
    '\n',
    '~',
  )
}

function hasFailed({ status, text }: Got): boolean {
  return (
    status >= 400 ||
    /^data: \{(?:"type":"error",|"error":)/m.test(text) ||
    /^event: error$/m.test(text) ||
    text.includes('"type":"response.failed"')
  )
}

function plainText({ text }: Got): string {
  return text
    .trimStart()
    .replaceAll(/\b(chatcmpl|cmpl|resp|msg|rs|fc|call)[-_][\w-]+/g, '$1')
    .replaceAll(/"(created|created_at|completed_at)":\d+/g, '"$1":0')
}

function faultOf(sample: SampleAnswer, got: Got): string | undefined {
  if (got.status === 0) return `no answer: ${got.text}`
  if (got.text.includes(POISON)) return 'what nobody asked for'
  return judgeAnswer(sample, got)
}

function pickSample(dialect: FuzzedDialect, random: () => number): SampleAnswer {
  const samples: readonly SampleAnswer[] = sampleAnswers[dialect]
  return samples[Math.floor(random() * samples.length)]!
}
