import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConfigError } from '@sluice/core'
import { afterAll, describe, expect, it } from 'vitest'
import { loadFixtures } from '../src/index.ts'

const root = mkdtempSync(join(tmpdir(), 'fixtures-'))
afterAll(() => rmSync(root, { recursive: true }))

function write(
  vendor: string,
  cases: Readonly<Record<string, Readonly<Record<string, string>>>>,
): string {
  for (const [name, files] of Object.entries(cases)) {
    mkdirSync(join(root, vendor, name), { recursive: true })
    for (const [file, text] of Object.entries(files))
      writeFileSync(join(root, vendor, name, file), text)
  }
  return join(root, vendor)
}
const asked = {
  'params.json': '{"model":"m","messages":[]}',
  'request.json': '{"path":"/chat","body":{}}',
}

describe('loadFixtures', () => {
  it('finds no cases where there is no folder', () => {
    expect(loadFixtures(join(root, 'nobody'))).toEqual([])
  })

  it('reads a case from its files, by path and by URL', () => {
    const folder = write('acme', {
      text: {
        ...asked,
        'upstream.sse': 'data: 1\n\n',
        'upstream.json': '{}',
        'chunks.json': '[]',
        'completion.json': '{"id":"c"}',
      },
      busy: { ...asked, 'upstream.429.json': '{"error":{}}', 'error.json': '{"status":429}' },
      vectors: {
        ...asked,
        'params.json': '{"model":"m","input":"x"}',
        'upstream.json': '{}',
        'completion.json': '{}',
      },
    })
    const [busy, text, vectors] = loadFixtures(folder)
    expect(text).toMatchObject({
      vendor: 'acme',
      name: 'text',
      operation: 'chat.completions',
      chunks: [],
      completion: { id: 'c' },
    })
    expect(Buffer.from(text!.upstream.stream!).toString()).toBe('data: 1\n\n')
    expect(Buffer.from(text!.upstream.document!).toString()).toBe('{}')
    expect(busy).toMatchObject({ name: 'busy', upstream: { status: 429 }, error: { status: 429 } })
    expect(vectors).toMatchObject({ name: 'vectors', operation: 'embeddings' })
    expect(loadFixtures(pathToFileURL(`${folder}/`))).toEqual([busy, text, vectors])
  })

  it.each([
    [
      'lacks the request',
      { 'params.json': '{}', 'upstream.json': '{}', 'completion.json': '{}' },
      /needs params.json and request.json/,
    ],
    ['lacks the answer', { ...asked, 'completion.json': '{}' }, /needs upstream/],
    ['says nothing of the client', { ...asked, 'upstream.json': '{}' }, /what the client gets/],
    [
      'has a stray file',
      { ...asked, 'upstream.json': '{}', 'chunk.json': '[]' },
      /chunk\.json, which is no part/,
    ],
  ])('refuses a case that %s', (name, files, words) => {
    const folder = write(`bad-${name.replaceAll(' ', '-')}`, { text: files })
    const load = () => loadFixtures(folder)
    expect(load).toThrow(ConfigError)
    expect(load).toThrow(words)
  })
})
