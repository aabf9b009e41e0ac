import type { ResponseCreateParams } from '@sluice/core/wire'
import { isObject, type Json } from '../../vendor-spec/json.ts'

/** One tool of a request. */
export interface GivenTool {
  readonly tool: Json
  /** Where it stands: `tools[2]`. */
  readonly at: string
  /** Name of the namespace that it stands in. */
  readonly namespace?: string
  /** What is said of that namespace; the first of its tools carries it. */
  readonly namespaceText?: string
}

/** Kinds of input item that bring tools along. */
const BRINGING: ReadonlySet<string> = new Set(['additional_tools', 'tool_search_output'])

/**
 * All tools of a Responses request, in its order: those of `tools`, those that items of the input
 * bring, and those inside namespaces.
 */
export function givenTools({ tools, input }: ResponseCreateParams): GivenTool[] {
  const given: GivenTool[] = []
  add(given, tools, 'tools')
  if (!Array.isArray(input)) return given
  for (const [index, item] of input.entries()) {
    if (BRINGING.has(item.type)) add(given, item['tools'], `input[${index}].tools`)
  }
  return given
}

function add(given: GivenTool[], tools: unknown, at: string): void {
  if (!Array.isArray(tools)) return
  for (const [index, tool] of (tools as unknown[]).entries()) {
    if (!isObject(tool)) continue
    const place = `${at}[${index}]`
    if (tool['type'] !== 'namespace') given.push({ tool, at: place })
    else addNamespace(given, tool, place)
  }
}

function addNamespace(given: GivenTool[], space: Json, at: string): void {
  const { name, description, tools } = space
  if (!Array.isArray(tools)) return
  const namespace = typeof name === 'string' ? name : ''
  let text = typeof description === 'string' ? description : ''
  for (const [index, tool] of (tools as unknown[]).entries()) {
    // A namespace in a namespace is nothing that there is.
    if (!isObject(tool) || tool['type'] === 'namespace') continue
    const place = `${at}.tools[${index}]`
    given.push({
      tool,
      at: place,
      ...(namespace === '' ? {} : { namespace }),
      ...(text === '' ? {} : { namespaceText: text }),
    })
    text = ''
  }
}
