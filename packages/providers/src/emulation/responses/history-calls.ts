import type { ResponseItem } from '@sluice/core/wire'
import type { HistoryCall } from './conversation.ts'

type Said = Pick<HistoryCall, 'name' | 'arguments'>

/**
 * Kinds of item in which a model calls a tool, and the call as chat knows it: a name, and arguments
 * as JSON.
 */
const CALLS: ReadonlyMap<string, (item: ResponseItem) => Said> = new Map([
  ['function_call', (item) => ({ name: nameOf(item), arguments: argumentsOf(item['arguments']) })],
  // A tool that takes free text is in chat one that takes an object with that text.
  [
    'custom_tool_call',
    (item) => ({ name: nameOf(item), arguments: argumentsOf({ input: item['input'] }) }),
  ],
  ['mcp_call', (item) => ({ name: nameOf(item), arguments: argumentsOf(item['arguments']) })],
  ['local_shell_call', (item) => ({ name: 'local_shell', arguments: argumentsOf(item['action']) })],
  ['shell_call', (item) => ({ name: 'shell', arguments: argumentsOf(item['action']) })],
  [
    'apply_patch_call',
    (item) => ({ name: 'apply_patch', arguments: argumentsOf(item['operation']) }),
  ],
  ['computer_call', (item) => ({ name: 'computer', arguments: argumentsOf(actionsOf(item)) })],
  [
    'tool_search_call',
    (item) => ({ name: 'tool_search', arguments: argumentsOf(item['arguments']) }),
  ],
  ['program', (item) => ({ name: 'program', arguments: argumentsOf({ code: item['code'] }) })],
])

/** Kinds of item that hold what a call gave, and where in it. */
const RESULTS: ReadonlyMap<string, (item: ResponseItem) => unknown> = new Map([
  ['function_call_output', ({ output }) => output],
  ['custom_tool_call_output', ({ output }) => output],
  ['local_shell_call_output', ({ output }) => output],
  ['shell_call_output', ({ output }) => output],
  ['apply_patch_call_output', ({ output, status }) => output ?? status],
  ['computer_call_output', ({ output }) => output],
  ['tool_search_output', ({ tools }) => tools],
  ['program_output', ({ result }) => result],
])

/** The call that an item is, if it is one. `fallbackId` names it where it has no id. */
export function callOf(item: ResponseItem, fallbackId: string): HistoryCall | undefined {
  const said = CALLS.get(item.type)?.(item)
  if (said === undefined) return undefined
  return { id: callIdOf(item) ?? fallbackId, name: toName(said.name), arguments: said.arguments }
}

/** What a call gave, if an item is that. */
export function resultOf(
  item: ResponseItem,
): { readonly id: string; readonly given: unknown } | undefined {
  const given = RESULTS.get(item.type)
  return given === undefined ? undefined : { id: callIdOf(item) ?? 'unknown', given: given(item) }
}

/** Some kinds name the call by `id` alone. */
function callIdOf({ id, call_id: callId }: ResponseItem): string | undefined {
  if (typeof callId === 'string' && callId !== '') return callId
  return typeof id === 'string' && id !== '' ? id : undefined
}

function actionsOf({ action, actions }: ResponseItem): unknown {
  return action ?? (actions === undefined ? undefined : { actions })
}

function nameOf({ name }: ResponseItem): string {
  return typeof name === 'string' ? name : ''
}

function argumentsOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? {})
}

/** Chat vendors refuse names of other characters, wherever they stand. */
function toName(name: string): string {
  return name.slice(0, 64).replace(/[^\w-]/g, '_') || 'tool'
}
