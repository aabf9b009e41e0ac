import type { ResponseCreateParams } from '@sluice/core/wire'
import { actionKindOf } from './action-tools.ts'
import { givenTools } from './given-tools.ts'

/** Kinds of item that only OpenAI's own Responses API knows. */
const ITEMS: ReadonlySet<unknown> = new Set([
  'additional_tools',
  'apply_patch_call',
  'apply_patch_call_output',
  'compaction',
  'compaction_trigger',
  'custom_tool_call',
  'custom_tool_call_output',
  'local_shell_call',
  'local_shell_call_output',
  'shell_call',
  'shell_call_output',
  'tool_search_call',
  'tool_search_output',
])

/**
 * Whether a request has tools that a client runs and that are no functions, or items of such: what
 * coding agents send to OpenAI, and what others that speak the API refuse.
 */
export function usesAgentItems(params: ResponseCreateParams): boolean {
  const { input } = params
  if (Array.isArray(input) && input.some(({ type }) => ITEMS.has(type))) return true
  return givenTools(params).some(
    ({ tool, namespace }) =>
      namespace !== undefined || tool['type'] === 'custom' || actionKindOf(tool) !== undefined,
  )
}
