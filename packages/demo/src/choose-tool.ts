import { ApiError } from '@sluice/core'
import type {
  ChatCompletionCreateParams,
  ChatCompletionFunctionTool,
  ChatCompletionToolChoiceOption,
} from '@sluice/core/wire'
import type { Conversation } from './read-conversation.ts'

/** A tool to be called, with the part of the question that speaks of it. */
export interface ChosenTool {
  readonly tool: ChatCompletionFunctionTool
  /** From its name to the next chosen tool's; empty where the question does not name it. */
  readonly passage: string
}

const MAX_CALLS = 8
const MAX_TRIES = 1000

/**
 * The tools that the demo calls: those that the question names and that have not been called for it
 * yet, in its order. `tool_choice` can forbid them, demand one (then the best guess where none is
 * named) or name one; without `parallel_tool_calls` there is one at a time; never more than 8.
 *
 * @throws ApiError `invalid_value` where `tool_choice` names a tool that is not among the tools.
 */
export function chooseTools(
  params: ChatCompletionCreateParams,
  conversation: Conversation,
): ChosenTool[] {
  const { mode, names, forced } = readChoice(params.tool_choice)
  const tools = (params.tools ?? []).filter(
    (tool): tool is ChatCompletionFunctionTool =>
      tool.type === 'function' && (names === undefined || names.has(tool.function.name)),
  )
  if (forced !== undefined)
    return [{ tool: findForced(tools, forced), passage: conversation.question }]
  if (mode === 'none' || tools.length === 0) return []
  const named = namedTools(tools, conversation)
  const chosen =
    named.length === 0 && mode === 'required' ? [bestGuess(tools, conversation)] : named
  return chosen.slice(0, params.parallel_tool_calls === false ? 1 : MAX_CALLS)
}

interface Choice {
  readonly mode: 'none' | 'auto' | 'required'
  /** Tools that may be called, where they are fewer than those given. */
  readonly names?: ReadonlySet<string>
  readonly forced?: string
}

function readChoice(choice: ChatCompletionToolChoiceOption | null | undefined): Choice {
  if (choice === 'none' || choice === 'required') return { mode: choice }
  if (typeof choice !== 'object' || choice === null) return { mode: 'auto' }
  if (choice.type === 'function') return { mode: 'required', forced: nameOf(choice) }
  const allowed = (choice as { allowed_tools?: { mode?: unknown; tools?: unknown } }).allowed_tools
  if (choice.type !== 'allowed_tools' || !Array.isArray(allowed?.tools)) return { mode: 'auto' }
  return {
    mode: allowed.mode === 'required' ? 'required' : 'auto',
    names: new Set((allowed.tools as unknown[]).map(nameOf)),
  }
}

function nameOf(reference: unknown): string {
  const name = (reference as { function?: { name?: unknown } } | null)?.function?.name
  return typeof name === 'string' ? name : ''
}

function findForced(
  tools: readonly ChatCompletionFunctionTool[],
  name: string,
): ChatCompletionFunctionTool {
  const tool = tools.find((one) => one.function.name === name)
  if (tool !== undefined) return tool
  throw new ApiError('invalid_value', {
    message: `tool_choice names the function \`${name.slice(0, 64)}\`, which is not among the tools.`,
    param: 'tool_choice',
  })
}

function namedTools(
  tools: readonly ChatCompletionFunctionTool[],
  { question, called }: Conversation,
): ChosenTool[] {
  const text = question.toLowerCase()
  const found: { tool: ChatCompletionFunctionTool; at: number }[] = []
  for (const tool of tools) {
    const { name } = tool.function
    if (called.has(name)) continue
    const at = findName(text, name.toLowerCase())
    if (at >= 0) found.push({ tool, at })
  }
  found.sort((a, b) => a.at - b.at)
  return found.map(({ tool, at }, index) => ({
    tool,
    passage: question.slice(at, found[index + 1]?.at),
  }))
}

/**
 * Where a text has a name as a word of its own, in lower case, also with blanks for its underscores
 * and hyphens; -1 where it has not.
 */
function findName(text: string, name: string): number {
  for (const form of new Set([name, name.replace(/[_-]/g, ' ')])) {
    if (form.trim() === '') continue
    let at = text.indexOf(form)
    for (let tries = 0; at >= 0 && tries < MAX_TRIES; tries++) {
      if (!isNamePart(text.charCodeAt(at - 1)) && !isNamePart(text.charCodeAt(at + form.length)))
        return at
      at = text.indexOf(form, at + 1)
    }
  }
  return -1
}

/**
 * Lower-case ASCII letters, digits, hyphen, underscore: other scripts may stand right beside a
 * name.
 */
function isNamePart(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2d ||
    code === 0x5f
  )
}

/**
 * The tool whose name and description share most words with the question; the first where all share
 * as little.
 */
function bestGuess(
  tools: readonly ChatCompletionFunctionTool[],
  { question }: Conversation,
): ChosenTool {
  const asked = new Set(wordsOf(question))
  let best = tools[0]!
  let most = 0
  for (const tool of tools) {
    const own = new Set(
      wordsOf(`${tool.function.name} ${(tool.function.description ?? '').slice(0, 1000)}`),
    )
    const shared = [...own].filter((word) => word.length > 2 && asked.has(word)).length
    if (shared > most) [best, most] = [tool, shared]
  }
  return { tool: best, passage: '' }
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
}
