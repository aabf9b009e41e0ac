import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { errorCodes } from '@sluice/core'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const pages = [
  'README.md',
  '.github/*.md',
  'packages/**/*.md',
  'examples/*/README.md',
  'test/**/*.md',
]
  .flatMap((pattern) => globSync(pattern, { cwd: root }))
  .filter((path) => !/(?:^|\/)(?:node_modules|dist|api|fixtures)\//.test(path))

/** Node's own, which is looked for in what it throws. */
const FOREIGN = new Set(['ERR_BUFFER_TOO_LARGE'])

const listed = (pattern: RegExp) =>
  [...read('packages/docs/errors.md').matchAll(pattern)].map(([, code = '']) => code)

describe('the page of errors', () => {
  it('lists every code that a client can see, and its status', () => {
    const codes = listed(/^\| `([a-z_]+)` \|/gm)
    expect(codes.toSorted()).toEqual(Object.keys(errorCodes).toSorted())
    for (const [code, { status }] of Object.entries(errorCodes))
      expect(read('packages/docs/errors.md')).toMatch(new RegExp(`\`${code}\` \\| ${status}[ ,]`))
  })

  it('lists every code that a programmer can see, and no other', () => {
    const inSources = new Set<string>()
    for (const file of globSync('packages/*/src/**/*.ts', { cwd: root }))
      for (const [code] of read(file).matchAll(/\bERR_[A-Z_]+/g))
        if (!FOREIGN.has(code)) inSources.add(code)
    expect(listed(/^\| `(ERR_[A-Z_]+)` \|/gm).toSorted()).toEqual([...inSources].toSorted())
  })
})

describe('pages', () => {
  it.each(pages)('%s links only to what is there', (page) => {
    const links = [...read(page).matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)].map(([, to = '']) => to)
    const dead = links.filter(
      (to) => !/^[a-z]+:/.test(to) && !existsSync(join(root, dirname(page), to)),
    )
    expect(dead).toEqual([])
  })
})
