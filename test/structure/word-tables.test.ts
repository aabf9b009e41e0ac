import { globSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAst } from 'vitest/node'

const root = join(import.meta.dirname, '../..')
const files = globSync('packages/*/src/**/*.ts', { cwd: root }).map((file) => join(root, file))

/**
 * Tables that only words of our own ask, or numbers, or names that were looked at before, by file
 * and name.
 */
const OWN_WORDS: ReadonlySet<string> = new Set([
  'packages/conformance/src/fault-vendor/faults.ts faults',
  'packages/core/src/errors/api-error.ts errorCodes',
  'packages/endpoints/src/body/body-limits.ts SAYS',
  'packages/endpoints/src/openapi/stored-responses.ts responseSchemas',
  'packages/endpoints/src/openapi/surface-paths.ts responseSchemas',
  'packages/endpoints/src/openapi/surface-paths.ts describedOperations',
  'packages/providers/src/response/errors/transport-error.ts SILENCE',
  'packages/demo/src/answer-text.ts phrases',
  'packages/demo/src/demo.ts ANSWERERS',
  'packages/providers/src/openai-compatible/other-operations.ts ENDPOINTS',
  'packages/providers/src/operations/operation-handler.ts answerers',
  'packages/providers/src/operations/other.ts responseFormats',
  'packages/rate-limit/src/refusal.ts REACHED',
  'packages/router/src/circuit-breaker.ts WEIGHT',
  'packages/router/src/verdict-of.ts BY_STATUS',
  'packages/sse-stream/src/node/response-head.ts MEDIA_TYPES',
  'packages/sse-stream/src/operators/redact-params.ts PARAM_SHAPES',
])

/** Objects that get members under names of our own, or after a look at each name. */
const OWN_NAMES: ReadonlySet<string> = new Set([
  'packages/auth/src/keys/known-key.ts record',
  'packages/core/src/http/send-error.ts head',
  'packages/endpoints/src/http/response-head.ts head',
  'packages/endpoints/src/openapi/surface-paths.ts content',
  'packages/providers/src/ai-sdk/encode-call.ts options',
  'packages/providers/src/vendors/anthropic/encode/lower-schema.ts lowered',
  'packages/providers/src/vendors/gemini/encode/native-settings.ts settings',
  'packages/providers/src/vendors/gemini/schema/lower-keywords.ts lowered',
  'packages/providers/src/openai-compatible/encode/encode-embeddings.ts set',
  'packages/sse-stream/src/response-form/completion-form.ts joined',
  'packages/sse-stream/src/response-form/limited-response.ts limited',
  'packages/sse-stream/src/response-form/response-ending.ts fields',
  'packages/sse-stream/src/template/event-template.ts copy',
  'packages/sse-stream/src/operators/rewrite/channel-rewriter.ts filtered',
  'packages/sse-stream/src/operators/limit-tokens.ts delta',
  'packages/sse-stream/src/operators/rewrite/merge-chunks.ts delta',
])

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [member: string]: unknown
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string'
}

function visit(node: Node, see: (node: Node) => void): void {
  see(node)
  for (const member of Object.values(node)) {
    for (const inner of Array.isArray(member) ? (member as unknown[]) : [member])
      if (isNode(inner)) visit(inner, see)
  }
}

/** What an expression is without the types that are claimed for it. */
function bare(node: unknown): Node | undefined {
  if (!isNode(node)) return undefined
  return node.type.startsWith('TS') && isNode(node['expression']) ? bare(node['expression']) : node
}

interface Found {
  /** Object literals that stand at the top of the file. */
  readonly tables: ReadonlySet<string>
  readonly imported: ReadonlySet<string>
  /** Object literals that a function names. */
  readonly locals: ReadonlySet<string>
  /** Names that are asked by a word that is not written there. */
  readonly asked: readonly string[]
  /** Names that are given a member under such a word. */
  readonly filled: readonly string[]
}

function readFile(file: string): Found {
  const found = {
    tables: new Set<string>(),
    imported: new Set<string>(),
    locals: new Set<string>(),
    asked: [] as string[],
    filled: [] as string[],
  }
  const program = parseAst(readFileSync(file, 'utf8'), { lang: 'ts' }) as unknown as {
    readonly body: readonly Node[]
  }
  for (const statement of program.body) {
    const declared = isNode(statement['declaration']) ? statement['declaration'] : statement
    if (declared.type === 'VariableDeclaration') {
      for (const one of declared['declarations'] as Node[])
        if (isObjectNamed(one)) found.tables.add(nameOf(one['id'])!)
    }
    visit(statement, (node) => {
      if (node.type === 'ImportSpecifier') found.imported.add(nameOf(node['local'])!)
      if (isObjectNamed(node)) found.locals.add(nameOf(node['id'])!)
      const asked = askedOf(node)
      if (asked !== undefined) found.asked.push(asked)
      const filled = node.type === 'AssignmentExpression' ? askedOf(bare(node['left'])) : undefined
      if (filled !== undefined) found.filled.push(filled)
    })
  }
  return found
}

function nameOf(node: unknown): string | undefined {
  const one = bare(node)
  return one?.type === 'Identifier' ? String(one['name']) : undefined
}

function isObjectNamed(node: Node): boolean {
  return (
    node.type === 'VariableDeclarator' &&
    bare(node['init'])?.type === 'ObjectExpression' &&
    nameOf(node['id']) !== undefined
  )
}

/** The name in `name[word]`, unless the word stands there. */
function askedOf(node: Node | undefined): string | undefined {
  if (node?.type !== 'MemberExpression' || node['computed'] !== true) return undefined
  return bare(node['property'])?.type === 'Literal' ? undefined : nameOf(node['object'])
}

const found = new Map(files.map((file) => [file, readFile(file)]))
const everywhere = new Set([...found.values()].flatMap(({ tables }) => [...tables]))

const asked = [...found].flatMap(([file, one]) =>
  one.asked
    .filter((name) => one.tables.has(name) || (one.imported.has(name) && everywhere.has(name)))
    .map((name) => `${relative(root, file)} ${name}`),
)
const filled = [...found].flatMap(([file, one]) =>
  one.filled
    .filter((name) => one.locals.has(name))
    .map((name) => `${relative(root, file)} ${name}`),
)

describe('words from outside', () => {
  it('ask no plain object', () => {
    expect([...new Set(asked)].filter((place) => !OWN_WORDS.has(place)).toSorted()).toEqual([])
  })

  it('fill no plain object', () => {
    expect([...new Set(filled)].filter((place) => !OWN_NAMES.has(place)).toSorted()).toEqual([])
  })

  it('are excepted only where they are looked up', () => {
    expect([...OWN_WORDS].filter((place) => !asked.includes(place))).toEqual([])
    expect([...OWN_NAMES].filter((place) => !filled.includes(place))).toEqual([])
  })
})
