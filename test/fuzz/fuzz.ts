/**
 * `pnpm fuzz [--runs 20000] [--seed 1] [--only anthropic] [--case 17]`: mutated answers of vendors,
 * by dialect, and mutated requests of clients. Prints a line of figures for each; exits 1 with the
 * faults. A fault names the number of its case: the same seed and `--case` try that one again.
 */
import { argument } from '../bench/arguments.ts'
import { fuzzClientBodies, type FuzzFigures } from './client-bodies.ts'
import { sampleAnswers, type FuzzedDialect } from './sample-answers.ts'
import { fuzzVendorAnswers } from './vendor-answers.ts'

const runs = Number(argument('runs', '20000'))
const seed = Number(argument('seed', '1'))
const chosen = argument('only', '').split(',').filter(Boolean)
const one = argument('case', '')
const only = one === '' ? undefined : Number(one)

const dialects = Object.keys(sampleAnswers) as FuzzedDialect[]
const fuzzers: ReadonlyMap<string, () => Promise<FuzzFigures>> = new Map([
  ...dialects.map(
    (dialect) => [dialect, () => fuzzVendorAnswers({ dialect, seed, runs, only })] as const,
  ),
  ['clients', () => fuzzClientBodies({ seed, runs, only })] as const,
])

async function main(): Promise<void> {
  for (const [name, fuzz] of fuzzers) {
    if (chosen.length > 0 && !chosen.includes(name)) continue
    const started = performance.now()
    const figures = await fuzz()
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    const statuses = Object.entries(figures.statuses).map(
      ([status, count]) => `${status}: ${count}`,
    )
    console.log(
      `${name}: ${figures.runs} runs, seed ${seed}, ${seconds} s, ${figures.faults.length} faults (${statuses.join(', ')})`,
    )
    for (const fault of figures.faults) console.error(`  ${fault.slice(0, 1500)}`)
    if (figures.faults.length === 0) continue
    process.exitCode = 1
    const first = /#(\d+)/.exec(figures.faults[0]!)?.[1]
    if (first !== undefined)
      console.error(`  again: pnpm fuzz --only ${name} --seed ${seed} --case ${first}`)
  }
}

void main()
