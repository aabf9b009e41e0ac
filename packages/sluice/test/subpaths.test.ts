import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const require = createRequire(import.meta.url)
const packages = join(import.meta.dirname, '../..')

function subpathsOf(name: string): string[] {
  const manifest = JSON.parse(readFileSync(join(packages, name, 'package.json'), 'utf8')) as {
    readonly exports: Readonly<Record<string, unknown>>
  }
  return Object.keys(manifest.exports).map((path) => path.slice(2))
}

/** Each subpath of `sluice`, and the package door that it stands for. */
const doors: readonly (readonly [string, string])[] = [
  ...subpathsOf('providers')
    .filter((path) => path !== '' && path !== 'internal')
    .map((path) => [path, `@sluice/providers/${path}`] as const),
  ...['auth', 'cache', 'core', 'demo', 'endpoints', 'providers', 'rate-limit', 'router'].map(
    (name) => [name, `@sluice/${name}`] as const,
  ),
  ['node', '@sluice/sse-stream/node'],
  ['operators', '@sluice/sse-stream'],
  ['wire', '@sluice/core/wire'],
]

describe('sluice', () => {
  it.each(doors)('gives by %s all that %s gives', (path, door) => {
    const [given, there] = [`sluice/${path}`, door].map((one) => ({ ...(require(one) as object) }))
    expect(given).toEqual(there)
  })

  it('has a subpath for every vendor and part, and no other', () => {
    expect(subpathsOf('sluice').sort()).toEqual(['', ...doors.map(([path]) => path)].sort())
  })
})
