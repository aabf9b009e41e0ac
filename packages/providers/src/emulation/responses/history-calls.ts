import type { ResponseItem } from '@sluice/core/wire'
import { isObject } from '../../vendor-spec/json.ts'
import { customArguments } from '../custom-tools/custom-function.ts'
import type { ActionKind } from './action-tools.ts'
import type { ChatTools, ToolTarget } from './chat-tools.ts'
import type { HistoryCall } from './conversation.ts'

interface Said {
  readonly kind: ToolTarget['kind']
  readonly name: string
  readonly arguments: string
}

/**
 * Kinds of item in which a model calls a tool, and the call as chat knows it: a name, and arguments
 * as JSON.
 */
const CALLS: ReadonlyMap<string, (item: ResponseItem) => Said> = new Map([
  ['function_call', (item) => functionCall(nameOf(item), item['arguments'])],
  [
    'custom_tool_call',
    (item) => ({ kind: 'custom', name: nameOf(item), arguments: customArguments(item['input']) }),
  ],
  ['mcp_call', (item) => functionCall(nameOf(item), item['arguments'])],
  ['local_shell_call', (item) => action('local_shell', withoutType(item['action']))],
  ['shell_call', (item) => action('shell', item['action'])],
  ['apply_patch_call', (item) => action('apply_patch', item['operation'])],
  ['computer_call', (item) => functionCall('computer', actionsOf(item))],
  ['tool_search_call', (item) => action('tool_search', item['arguments'])],
  ['program', (item) => functionCall('program', { code: item['code'] })],
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

/**
 * The call that an item is, if it is one, under the name that its tool has in chat. `fallbackId`
 * names it where it has no id.
 */
export function callOf(
  item: ResponseItem,
  tools: ChatTools,
  fallbackId: string,
): HistoryCall | undefined {
  const said = CALLS.get(item.type)?.(item)
  if (said === undefined) return undefined
  const { namespace } = item
  return {
    id: callIdOf(item) ?? fallbackId,
    name: tools.nameOf(
      said.kind,
      said.name,
      typeof namespace === 'string' && namespace !== '' ? namespace : undefined,
    ),
    arguments: said.arguments,
  }
}

/** Kinds of those that say nothing without their call. The vendor's own tools may answer alone. */
const BOUND: ReadonlySet<string> = new Set([
  'function_call_output',
  'custom_tool_call_output',
  'local_shell_call_output',
  'shell_call_output',
  'apply_patch_call_output',
])

/** What a call gave, if an item is that, and whether there must be that call. */
export function resultOf(
  item: ResponseItem,
): { readonly id: string; readonly given: unknown; readonly isBound: boolean } | undefined {
  const given = RESULTS.get(item.type)
  return given === undefined
    ? undefined
    : { id: callIdOf(item) ?? 'unknown', given: given(item), isBound: BOUND.has(item.type) }
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

function functionCall(name: string, given: unknown): Said {
  return { kind: 'function', name, arguments: argumentsOf(given) }
}

function action(kind: ActionKind, given: unknown): Said {
  return { kind, name: kind, arguments: argumentsOf(given) }
}

/** The function that stands for it has no such member. */
function withoutType(given: unknown): unknown {
  if (!isObject(given)) return given
  const { type: _type, ...rest } = given
  return rest
}

function argumentsOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? {})
}
