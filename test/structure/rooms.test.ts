import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as core from '@sluice/core'
import * as operators from '@sluice/sse-stream'

const root = join(import.meta.dirname, '../..')

/**
 * The rooms of each package, its folders, by floor and lowest first. A file imports from its own
 * room and from those on lower floors. `.` holds the files that stand at the door.
 */
const rooms: Readonly<Record<string, readonly (readonly string[])[]>> = {
  core: [['time', 'wire'], ['errors'], ['internal'], ['contract'], ['http']],
  'sse-stream': [
    ['bytes', 'sse'],
    ['template', 'usage'],
    ['batch'],
    ['response-form'],
    ['chat'],
    ['operators'],
    ['node'],
  ],
  conformance: [['fuzzing'], ['fake-vendor', 'fault-vendor'], ['fixtures'], ['laws'], ['.']],
  auth: [['keys'], ['.']],
  cache: [['form', 'key', 'store'], ['record'], ['replay'], ['.']],
  demo: [['.']],
  endpoints: [
    ['chat', 'multipart', 'responses'],
    ['validation'],
    ['body', 'dialects'],
    ['socket'],
    ['http'],
    ['.'],
    ['openapi'],
  ],
  providers: [
    ['catalog', 'transport'],
    ['vendor-spec'],
    ['request', 'response'],
    ['emulation', 'runtime'],
    ['operations'],
    ['.'],
    ['ai-sdk', 'openai-compatible'],
    ['vendors'],
  ],
  'rate-limit': [['.']],
  router: [['.']],
  sluice: [['.', 'parts', 'vendors']],
}

/** Files that only name what people and siblings may import. */
const doors = new Set(['index.ts', 'internal.ts', 'wire.ts'])

/** Folders with more than fifteen files, each with its reason. */
const wide: Readonly<Record<string, string>> = {
  'core/src/wire': 'one file for each kind of object in bodies',
  'providers/src/catalog': 'one file for each vendor',
  'demo/src': 'one answer to each endpoint, and what each says',
  'sse-stream/src/operators': 'each operator of the public door is a file',
  'sse-stream/src/response-form': 'one file for each kind of text in a response',
  'providers/src/emulation/responses': 'one file for each kind of item of a response',
  'conformance/src/laws': 'one file for each law',
  'sluice/src/vendors': 'one file for each subpath of a vendor',
}

const sources = globSync('packages/*/src/**/*.ts', { cwd: root })

const roomOf = (path: string) => {
  const folder = dirname(path)
  return folder === '.' ? '.' : folder.split('/')[0]!
}

function importsAgainstFloors(name: string): string[] {
  const folder = join('packages', name, 'src')
  const floorOf = (room: string) => rooms[name]!.findIndex((floor) => floor.includes(room))
  return sources
    .filter((file) => file.startsWith(`${folder}/`) && !doors.has(relative(folder, file)))
    .flatMap((file) => {
      const own = roomOf(relative(folder, file))
      return [...readFileSync(join(root, file), 'utf8').matchAll(/ from '(\.[^']+)'/g)]
        .map(([, specifier]) => relative(folder, join(dirname(file), specifier!)))
        .filter((to) => roomOf(to) !== own && !(floorOf(roomOf(to)) < floorOf(own)))
        .map((to) => `${file} imports ${to}`)
    })
}

describe('rooms', () => {
  it('are named for every package', () => {
    const found = new Map<string, Set<string>>()
    for (const file of sources) {
      const [, name, , ...path] = file.split('/')
      if (doors.has(path.join('/'))) continue
      const set = found.get(name!) ?? new Set()
      found.set(name!, set.add(roomOf(path.join('/'))))
    }
    const named = Object.entries(rooms).map(([name, floors]) => [name, floors.flat().sort()])
    expect(Object.fromEntries(Array.from(found, ([name, set]) => [name, [...set].sort()]))).toEqual(
      Object.fromEntries(named),
    )
  })

  it.each(Object.keys(rooms))('of %s import only what stands below them', (name) => {
    expect(importsAgainstFloors(name)).toEqual([])
  })

  it('hold at most fifteen files flat, but for those that say why', () => {
    const counts = new Map<string, number>()
    for (const file of sources) {
      const folder = relative('packages', dirname(file))
      counts.set(folder, (counts.get(folder) ?? 0) + 1)
    }
    const crowded = [...counts].filter(([, count]) => count > 15).map(([folder]) => folder)
    expect(crowded.sort()).toEqual(Object.keys(wide).sort())
  })
})

describe('doors', () => {
  it('of core holds at most fifteen values', () => {
    expect(Object.keys(core).length).toBeLessThanOrEqual(15)
  })

  it('of sse-stream holds operators alone', () => {
    const files = new Set(
      globSync('packages/sse-stream/src/operators/**/*.ts', { cwd: root }).map((file) =>
        resolve(root, file),
      ),
    )
    const door = join(root, 'packages/sse-stream/src/index.ts')
    const named = [...readFileSync(door, 'utf8').matchAll(/ from '([^']+)'/g)]
    expect(named.length).toBeGreaterThan(Object.keys(operators).length / 2)
    for (const [, specifier] of named) {
      expect([...files]).toContain(resolve(dirname(door), specifier!))
    }
  })

  it('name what they give one by one', () => {
    for (const file of sources) {
      expect([file, /^export \* /m.test(readFileSync(join(root, file), 'utf8'))]).toEqual([
        file,
        false,
      ])
    }
  })
})
