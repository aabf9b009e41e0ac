// Packs each package, after a build, and looks at what people would get: no file of the compiler's
// own, no map whose sources are missing, every export there. Run by `pnpm run check:pack`.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const packages = fileURLToPath(new URL('../../packages', import.meta.url))
const work = mkdtempSync(join(tmpdir(), 'sluice-tarballs-'))
const faults: string[] = []
try {
  for (const name of readdirSync(packages)) {
    const manifest = readManifest(join(packages, name, 'package.json'))
    if (manifest === undefined || manifest.private === true) continue
    const tarball = join(work, `${name}.tgz`)
    execFileSync('npx', ['-y', 'pnpm@12.21.0', 'pack', '--out', tarball], {
      cwd: join(packages, name),
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    execFileSync('tar', ['-xzf', tarball, '-C', work])
    const root = join(work, 'package')
    faults.push(...Array.from(faultsOf(root), (fault) => `${manifest.name}: ${fault}`))
    rmSync(root, { recursive: true })
  }
} finally {
  rmSync(work, { recursive: true })
}
for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exitCode = 1
else console.log('tarballs: nothing missing, nothing that does not belong')

interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly exports?: Readonly<Record<string, unknown>>
}

function readManifest(path: string): Manifest | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Manifest) : undefined
}

function* faultsOf(root: string): Generator<string> {
  const manifest = readManifest(join(root, 'package.json'))!
  for (const path of targets(manifest.exports)) {
    if (!existsSync(join(root, path))) yield `exports ${path}, which is not in the tarball`
  }
  for (const file of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    if (file.endsWith('.tsbuildinfo')) yield `holds ${file}`
    if (!file.endsWith('.map')) continue
    const map = JSON.parse(readFileSync(join(root, file), 'utf8')) as {
      readonly sources: readonly string[]
    }
    for (const source of map.sources) {
      const path = join(root, dirname(file), source)
      if (!existsSync(path))
        yield `${file} points at ${relative(root, path)}, which is not in the tarball`
    }
  }
}

/** Yields every file that an exports table names. */
function* targets(exports: unknown): Generator<string> {
  if (typeof exports === 'string') yield exports
  else if (typeof exports === 'object' && exports !== null)
    for (const one of Object.values(exports)) yield* targets(one)
}
