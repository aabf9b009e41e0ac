import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A block of TypeScript in a page. */
export interface Snippet {
  /** Page and place in it, as a file name. */
  readonly name: string
  readonly code: string
}

const root = join(import.meta.dirname, '../../..')
const PAGES = ['README.md', 'packages/*/README.md', 'packages/docs/*.md', 'examples/*/README.md']

/** Returns every block of TypeScript of the READMEs and the docs. */
export function snippets(): Snippet[] {
  return PAGES.flatMap((pattern) => globSync(pattern, { cwd: root })).flatMap((page) => {
    const text = readFileSync(join(root, page), 'utf8')
    return [...text.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, code = ''], at) => ({
      name: `${page.replace(/\.md$/, '').replaceAll('/', '-')}-${at + 1}`,
      // Each is a module of its own, also where it imports nothing.
      code: `${code}\nexport {}\n`,
    }))
  })
}
