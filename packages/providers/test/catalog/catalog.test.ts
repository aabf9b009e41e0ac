import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { aliasesFor, catalog, findModel, mergeCatalog, modelsOf } from '@sluice/providers/catalog'
import { describe, expect, it } from 'vitest'

const vendors = [...new Set(catalog.map(({ vendor }) => vendor))]
const source = join(import.meta.dirname, '../../src')

describe('the catalog', () => {
  it('has at least 200 models that can be used today', () => {
    expect(catalog.filter(({ deprecated }) => !deprecated).length).toBeGreaterThanOrEqual(200)
  })

  it.each(vendors)('names every model of %s once, in order', (vendor) => {
    const ids = catalog.filter((entry) => entry.vendor === vendor).map(({ id }) => id)
    expect(ids).toEqual([...new Set(ids)].toSorted())
  })

  it('gives every alias to one model, and to none that is called so', () => {
    const aliases = catalog.flatMap((entry) => entry.aliases)
    expect(new Set(aliases).size).toBe(aliases.length)
    const ids = new Set(catalog.map(({ id }) => id))
    expect(aliases.filter((alias) => ids.has(alias))).toEqual([])
    for (const entry of catalog)
      for (const alias of entry.aliases) expect(findModel(alias)).toBe(entry)
  })

  it('has numbers that can be', () => {
    const today = Date.now() / 1000
    for (const { id, created, contextWindow, maxOutput } of catalog) {
      const isDay =
        created === undefined ||
        (created % 86_400 === 0 && created > 1_640_000_000 && created < today)
      const isWindow =
        contextWindow === undefined || (Number.isInteger(contextWindow) && contextWindow >= 2000)
      const fits =
        maxOutput === undefined ||
        (Number.isInteger(maxOutput) && maxOutput <= (contextWindow ?? Infinity) * 2)
      expect({
        id,
        isDay,
        isWindow,
        fits,
        isChecked: contextWindow === undefined || contextWindow <= 10_000_000,
      }).toEqual({
        id,
        isDay: true,
        isWindow: true,
        fits: true,
        isChecked: true,
      })
    }
  })

  it.each([
    ['claude-3.5-sonnet', 'anthropic', 'claude-3-5-sonnet-20241022'],
    ['anthropic/claude-3.5-sonnet', 'anthropic', 'claude-3-5-sonnet-20241022'],
    ['gpt-4o', 'openai', 'gpt-4o'],
    ['qwen3-32b', 'qwen', 'qwen3-32b'],
    ['iflow/qwen3-32b', 'iflow', 'qwen3-32b'],
    ['openai/gpt-oss-20b', 'groq', 'openai/gpt-oss-20b'],
    ['deepSeek-v3', 'deepseek', 'deepseek-chat'],
  ])('finds %s at %s', (name, vendor, id) => {
    expect(findModel(name)).toMatchObject({ vendor, id })
  })

  it('finds nothing for names that it does not know', () => {
    for (const name of ['', '/', 'no-such-model', 'nobody/gpt-4o', 'constructor'])
      expect(findModel(name)).toBeUndefined()
    expect(aliasesFor('nobody')).toEqual({})
    expect(modelsOf('nobody')).toEqual([])
  })

  it('lists a vendor’s models in OpenAI’s shape, without those that are gone', () => {
    const models = modelsOf('anthropic')
    const sonnet = models.find(({ id }) => id === 'claude-sonnet-4-20250514')
    expect(sonnet).toMatchObject({
      object: 'model',
      created: 1_747_180_800,
      owned_by: 'anthropic',
      context_window: 200_000,
    })
    expect(models.map(({ id }) => id)).not.toContain('claude-3-opus-20240229')
    expect(aliasesFor('anthropic')).toMatchObject({
      'claude-3.5-sonnet': 'claude-3-5-sonnet-20241022',
    })
  })

  it('says when models are switched off, and lists those that still run', () => {
    for (const { id, shutdownDate } of catalog)
      if (shutdownDate !== undefined)
        expect([id, shutdownDate]).toEqual([id, expect.stringMatching(/^20\d\d-[01]\d-[0-3]\d$/)])
    const models = modelsOf('openai')
    expect(models.find(({ id }) => id === 'o3')).toMatchObject({ shutdown_date: '2026-12-11' })
    expect(models.find(({ id }) => id === 'gpt-5.5')).not.toHaveProperty('shutdown_date')
    expect(models.map(({ id }) => id)).not.toContain('gpt-4-0314')
    expect(findModel('gpt-4-0314')).toMatchObject({ deprecated: true, shutdownDate: '2026-03-26' })
  })

  it('is overridden and added to without being changed', () => {
    const before = catalog.length
    const own = mergeCatalog(catalog, [
      { vendor: 'openai', id: 'gpt-4o', aliases: ['house-model'], maxOutput: undefined },
      { vendor: 'acme', id: 'acme-1', contextWindow: 5000 },
    ])
    expect(findModel('house-model', own)).toMatchObject({
      id: 'gpt-4o',
      contextWindow: 128_000,
      maxOutput: undefined,
    })
    expect(modelsOf('acme', own)).toMatchObject([
      { id: 'acme-1', context_window: 5000, owned_by: 'acme' },
    ])
    expect(own).toHaveLength(before + 1)
    expect(catalog).toHaveLength(before)
    expect(findModel('house-model')).toBeUndefined()
  })

  it('is not loaded whole by a provider, which knows only its own models', () => {
    const files = [
      'vendors/openai.ts',
      'vendors/anthropic/anthropic.ts',
      'vendors/gemini/gemini-spec.ts',
      'vendors/xai.ts',
      'vendors/qwen.ts',
      'vendors/groq.ts',
    ]
    for (const file of files) {
      const imported = [
        ...readFileSync(join(source, file), 'utf8').matchAll(/catalog\/([\w-]+)\.ts/g),
      ].map(([, name]) => name!)
      const vendor = imported.filter((name) => name !== 'catalog-entry')
      expect(vendor).toEqual([`${/(\w+?)(?:-spec)?\.ts$/.exec(file)![1]}-entries`])
    }
  })
})
