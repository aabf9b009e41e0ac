import { fuzzClientBodies } from './client-bodies.ts'

// Run by hand: `node --conditions=@sluice/source test/fuzz/client-fuzz.ts [runs] [seed]`.
const [runs = '20000', seed = '1'] = process.argv.slice(2)
const figures = await fuzzClientBodies({ runs: Number(runs), seed: Number(seed) })
console.log(JSON.stringify(figures, null, 2))
process.exitCode = figures.faults.length === 0 ? 0 : 1
