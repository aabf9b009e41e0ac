import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createToolNames } from '../../../src/vendors/gemini/tool-names.ts'

test('keeps the names that fit', () => {
  const names = createToolNames(['get_weather', 'mcp:files.read-all'])
  expect(names.toVendor('get_weather')).toBe('get_weather')
  expect(names.toVendor('mcp:files.read-all')).toBe('mcp:files.read-all')
})

test('spells others out, and numbers those that would become one', () => {
  const names = createToolNames(['a b', 'a_b', 'a/b', '7zip'])
  expect(['a_b', 'a b', 'a/b', '7zip'].map((name) => names.toVendor(name))).toEqual([
    'a_b',
    'a_b_2',
    'a_b_3',
    '_7zip',
  ])
})

test('hands on a name that it was never told', () => {
  const names = createToolNames([])
  expect(names.toVendor('old one')).toBe('old_one')
  expect(names.toClient('unheard')).toBe('unheard')
})

test('gives every name back, whatever it is', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(
        fc.oneof(fc.string(), fc.stringMatching(/^[ab_/-]{1,3}$/), fc.constant('x'.repeat(300))),
      ),
      (list) => {
        const names = createToolNames(list)
        const vendors = list.map((name) => names.toVendor(name))
        expect(new Set(vendors).size).toBe(list.length)
        for (const vendor of vendors) expect(vendor).toMatch(/^[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}$/)
        expect(vendors.map((vendor) => names.toClient(vendor))).toEqual(list)
      },
    ),
  )
})
