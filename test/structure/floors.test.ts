import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** The floors, lowest first. A package may import those on lower floors only. */
const floors: readonly (readonly string[])[] = [
  ['core'],
  ['sse-stream', 'conformance'],
  ['auth', 'rate-limit', 'cache', 'router', 'providers', 'demo', 'endpoints'],
  ['sluice'],
]
/**
 * Two packages lean on one of their own floor: `conformance` proves what flows through
 * `sse-stream`, and `demo` is a provider, with what `providers` makes of chat for endpoints that it
 * has not.
 */
const besides: Readonly<Record<string, readonly string[]>> = {
  conformance: ['sse-stream'],
  demo: ['providers'],
}

/** What a package may take from npm. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  core: ['rxjs'],
  'sse-stream': ['rxjs', 'eventsource-parser', '@streamparser/json'],
  conformance: ['rxjs'],
  auth: ['rxjs'],
  'rate-limit': ['rxjs'],
  cache: ['rxjs', 'lru-cache', 'safe-stable-stringify'],
  router: ['rxjs', 'p-limit'],
  providers: ['rxjs', 'undici', 'p-limit', 'ai', '@ai-sdk/provider'],
  demo: ['rxjs'],
  endpoints: ['rxjs', 'zod', '@fastify/busboy', 'zod-openapi', 'ws'],
  sluice: ['rxjs'],
}

interface Manifest {
  name: string
  exports: Record<string, Record<string, string>>
  dependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  devDependencies?: Record<string, string>
  engines: Record<string, string>
  sideEffects: boolean
}

const packages = floors.flat()
const floorOf = (name: string) => floors.findIndex((floor) => floor.includes(name))
const manifestOf = (name: string) =>
  JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')) as Manifest

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
}
const sourcesOf = (name: string) => filesOf(join(root, 'packages', name, 'src'))
const importsOf = (text: string) =>
  [
    ...text.matchAll(
      /^(?:import|export)\s[\w\s{},*]*\bfrom\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm,
    ),
  ].map((match) => match[1] ?? match[2] ?? match[3]!)
const show = (file: string) => relative(root, file)

/** The package of ours that an import names, if any. */
const ours = (specifier: string) => /^@sluice\/([\w-]+)/.exec(specifier)?.[1]
const external = (specifier: string) => /^(@[^/]+\/[^/]+|[^/]+)/.exec(specifier)![1]!

describe('floors', () => {
  it('names every package but the docs, which nobody imports', () => {
    expect(
      readdirSync(join(root, 'packages'), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => entry.name)
        .sort(),
    ).toEqual([...packages, 'docs'].toSorted())
  })

  describe.each(packages)('%s', (name) => {
    const below = packages
      .filter((other) => floorOf(other) < floorOf(name))
      .concat(besides[name] ?? [])
    const manifest = manifestOf(name)

    it('imports only what stands below it', () => {
      const wrong = sourcesOf(name).flatMap((file) =>
        importsOf(readFileSync(file, 'utf8'))
          .filter((specifier) => {
            const own = ours(specifier)
            return own !== undefined && own !== name && !below.includes(own)
          })
          .map((specifier) => `${show(file)} imports ${specifier}`),
      )
      expect(wrong).toEqual([])
    })

    it('takes from npm only what the table allows, and declares all that it takes', () => {
      const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
      const taken = new Set(
        sourcesOf(name).flatMap((file) =>
          importsOf(readFileSync(file, 'utf8'))
            .filter((one) => !one.startsWith('.') && !one.startsWith('node:'))
            .map(external),
        ),
      )
      for (const one of taken) expect(declared).toContain(one)
      for (const one of declared)
        if (!one.startsWith('@sluice/')) expect(allowed[name]).toContain(one)
    })

    it('declares only packages below it', () => {
      const named = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).flatMap(
        (one) => ours(one) ?? [],
      )
      for (const one of named) expect(below).toContain(one)
    })

    it('can be required and imported, and runs unbuilt here', () => {
      for (const conditions of Object.values(manifest.exports)) {
        expect(Object.keys(conditions)).toEqual(['@sluice/source', 'types', 'default'])
      }
      expect(manifest.engines['node']).toBe('>=22.19')
      expect(manifest.sideEffects).toBe(false)
    })

    it('never names Express', () => {
      for (const file of sourcesOf(name))
        expect(importsOf(readFileSync(file, 'utf8'))).not.toContain('express')
    })

    it('has a README', () => {
      expect(readFileSync(join(root, 'packages', name, 'README.md'), 'utf8')).toMatch(/^# /)
    })
  })
})

describe('sources', () => {
  const sources = packages.flatMap(sourcesOf)

  it.each(sources.map((file) => [show(file), file]))('%s keeps the house rules', (_name, file) => {
    const text = readFileSync(file, 'utf8')
    const lines = text.split('\n')
    expect(lines.length).toBeLessThanOrEqual(400)
    expect(text).not.toMatch(/^export default/m)
    expect(text).not.toMatch(/^export \* from/m)
    expect(text).not.toMatch(/\b(?:TODO|FIXME|XXX)\b/)
    // State at the top of a module would be shared by everything in the process.
    expect(text).not.toMatch(/^let /m)
    expect(lines.filter((line) => line.startsWith('await '))).toEqual([])
    expect(/\/(?:utils|helpers|common|types)\.ts$/.test(file)).toBe(false)
  })

  it('documents every export', () => {
    const bare = sources.flatMap((file) => {
      const lines = readFileSync(file, 'utf8').split('\n')
      return lines
        .map((line, at) => ({ line, above: lines[at - 1] ?? '', twoAbove: lines[at - 2] ?? '' }))
        .filter(({ line }) =>
          /^export (?:async )?(?:function|const|class|interface|type) \w/.test(line),
        )
        .filter(
          ({ above, line, twoAbove }) =>
            !/\*\/\s*$/.test(above) && !/\*\/\s*$/.test(twoAbove) && !isOverload(line, above),
        )
        .map(({ line }) => `${show(file)}: ${line}`)
    })
    expect(bare).toEqual([])
  })

  it('opens sockets and reads the environment in one place only', () => {
    const opens = sources
      .filter((file) => importsOf(readFileSync(file, 'utf8')).includes('undici'))
      .map(show)
    for (const file of opens) expect(file).toMatch(/^packages\/providers\/src\/transport\//)
    const net = sources.filter((file) =>
      importsOf(readFileSync(file, 'utf8')).some((one) => /^node:(?:net|tls|dgram)$/.test(one)),
    )
    for (const file of net.map(show))
      expect(file).toMatch(/^packages\/(?:conformance|providers\/src\/transport)\//)
    const env = sources.filter((file) => /process\.env|\bfetch\(/.test(readFileSync(file, 'utf8')))
    expect(env.map(show)).toEqual([])
  })
})

/** A further signature of the function above it. */
function isOverload(line: string, above: string): boolean {
  const name = /^export function (\w+)/.exec(line)?.[1]
  return name !== undefined && new RegExp(`^export function ${name}\\b`).test(above)
}
