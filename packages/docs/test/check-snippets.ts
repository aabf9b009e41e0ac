// Compiles every TypeScript snippet of the READMEs and the docs against packed tarballs, as people
// would have them: under each compiler and way of resolving modules. Run by `pnpm run check:pack`,
// after a build.
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs'
import { readFileSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { snippets } from './snippets.ts'

const docs = join(import.meta.dirname, '..')
const packages = join(docs, '..')
const work = mkdtempSync(join(tmpdir(), 'sluice-snippets-'))

/** Where each compiler is, by the version that it is. */
const compilers = ['typescript-5.9', 'typescript', 'typescript-7']
const resolutions = [
  { module: 'nodenext', moduleResolution: 'nodenext' },
  { module: 'esnext', moduleResolution: 'bundler' },
]

interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

let failed = 0
try {
  install()
  for (const { name, code } of snippets()) writeFileSync(join(work, `${name}.ts`), code)
  copyFileSync(join(docs, 'test/prelude.d.ts'), join(work, 'prelude.d.ts'))
  for (const compiler of compilers) for (const ways of resolutions) compile(compiler, ways)
} finally {
  rmSync(work, { recursive: true })
}
if (failed > 0) process.exitCode = 1
else console.log(`snippets: ${snippets().length} compile under each compiler`)

/** Puts the tarballs, and what they depend on, where a compiler finds them. */
function install(): void {
  writeFileSync(join(work, 'package.json'), '{ "type": "module" }')
  const pack = ['-y', 'pnpm@12.21.0', '-r', '--filter', './packages/*', 'pack']
  execFileSync('npx', [...pack, '--pack-destination', work], {
    cwd: join(packages, '..'),
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  for (const folder of readdirSync(packages)) {
    const manifest = manifestOf(join(packages, folder))
    if (manifest === undefined) continue
    linkDependencies(join(packages, folder), manifest)
    if (manifest.private === true) continue
    const file = `${manifest.name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`
    execFileSync('tar', ['-xzf', join(work, file), '-C', work])
    const target = join(work, 'node_modules', manifest.name)
    mkdirSync(dirname(target), { recursive: true })
    renameSync(join(work, 'package'), target)
  }
}

function manifestOf(folder: string): Manifest | undefined {
  const path = join(folder, 'package.json')
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Manifest) : undefined
}

function linkDependencies(folder: string, manifest: Manifest): void {
  const own = { ...manifest.dependencies, ...manifest.peerDependencies }
  // The docs have what a reader would install beside the packages.
  const all = manifest.private === true ? { ...own, ...manifest.devDependencies } : own
  for (const name of Object.keys(all)) {
    const from = join(folder, 'node_modules', name)
    const to = join(work, 'node_modules', name)
    if (/^(?:@sluice\/|sluice$)/.test(name) || existsSync(to) || !existsSync(from)) continue
    mkdirSync(dirname(to), { recursive: true })
    symlinkSync(realpathSync(from), to)
  }
}

function compile(compiler: string, ways: object): void {
  const options = {
    ...ways,
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable', 'dom', 'dom.iterable', 'dom.asynciterable'],
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: false,
  }
  const project = join(work, 'tsconfig.json')
  writeFileSync(project, JSON.stringify({ compilerOptions: options, include: ['*.ts'] }))
  const home = join(docs, 'node_modules', compiler)
  const { version } = manifestOf(home)!
  const said = spawnSync(process.execPath, [join(home, 'bin/tsc'), '-p', project], {
    cwd: work,
    encoding: 'utf8',
  })
  if (said.status === 0) return
  failed++
  console.error(`TypeScript ${version}, ${JSON.stringify(ways)}:\n${said.stdout}${said.stderr}`)
}
