import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'

const source = join(import.meta.dirname, '../../packages/providers/src')
const folders = ['vendors', 'openai-compatible/model-rules']
const vendors = [
  'anthropic',
  'azure',
  'deepseek',
  'gemini',
  'groq',
  'iflow',
  'mistral',
  'moonshot',
  'ollama',
  'openrouter',
  'qwen',
  'vllm',
  'xai',
]

const files = folders.flatMap((folder) =>
  readdirSync(join(source, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name)),
)

/** Code without its comments, which may speak of anything. */
const code = (file: string) =>
  readFileSync(file, 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')

describe('vendor dialects', () => {
  it.each(files.map((file) => [relative(source, file), file]))('%s is pure', (_name, file) => {
    expect(code(file)).not.toMatch(
      /\bfetch\b|\bDate\b|Math\.random|\bcrypto\b|TextDecoder|\[DONE\]|process\.env|setTimeout/,
    )
  })

  it.each(files.map((file) => [relative(source, file), file]))(
    '%s names no other vendor',
    (name, file) => {
      const own = name.replace(/\.ts$/, '').split('/')
      const text = code(file).toLowerCase()
      const named = vendors.filter(
        (vendor) =>
          !own.some((part) => part.startsWith(vendor)) &&
          new RegExp(`['"\`]${vendor}['"\`]`).test(text),
      )
      expect(named).toEqual([])
    },
  )

  it('keeps every alike to 30 lines of data', () => {
    for (const file of files.filter((one) => /\/vendors\/[^/]+\.ts$/.test(one))) {
      const lines = code(file)
        .replace(/^import [^']*'[^']*'$/gm, '')
        .split('\n')
        .filter((line) => line.trim() !== '')
      expect([relative(source, file), lines.length <= 34]).toEqual([relative(source, file), true])
    }
  })
})
