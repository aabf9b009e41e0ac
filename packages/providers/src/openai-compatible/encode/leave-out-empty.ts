import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import type { ParamsPatch } from './params-patch.ts'

/** Choices that lose nothing where there is nothing to choose from. */
const FREE: ReadonlySet<unknown> = new Set(['auto', 'none'])

/**
 * Leaves out what says nothing and is refused for it, by OpenAI and by most alikes: empty lists of
 * tools and stops, empty stops, and what is said of tools where there are none.
 */
export function leaveOutEmpty(patch: ParamsPatch, params: ChatCompletionCreateParams): void {
  const {
    tools,
    tool_choice: choice,
    parallel_tool_calls: parallel,
    functions,
    function_call: legacy,
    stop,
  } = params
  if (isEmpty(tools)) {
    if (tools !== undefined) patch.unset('tools')
    if (choice !== undefined) leaveOutChoice(patch, 'tool_choice', choice)
    if (parallel !== undefined) patch.unset('parallel_tool_calls')
  }
  if (isEmpty(functions)) {
    if (functions !== undefined) patch.unset('functions')
    if (legacy !== undefined) leaveOutChoice(patch, 'function_call', legacy)
  }
  if (stop === '') patch.unset('stop')
  if (Array.isArray(stop) && (stop.length === 0 || stop.includes(''))) {
    const said = stop.filter((one) => one !== '')
    patch.set('stop', said.length === 0 ? undefined : said)
  }
}

function leaveOutChoice(patch: ParamsPatch, name: string, choice: unknown): void {
  if (FREE.has(choice)) patch.unset(name)
  else patch.drop(name)
}

function isEmpty(list: unknown): boolean {
  return list === undefined || list === null || (Array.isArray(list) && list.length === 0)
}
