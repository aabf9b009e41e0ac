import { wordTable } from '@sluice/core/internal'
import type { ResponseItem } from '@sluice/core/wire'
import { isObject, type Json } from '../../vendor-spec/json.ts'
import type { ActionKind } from './action-tools.ts'
import type { ItemStatus, ItemWriter } from './item-writer.ts'

/** What each kind holds beside id, type and status, made of the arguments of its function. */
const MEMBERS = wordTable<(given: Json) => Json>({
  local_shell: ({ command, working_directory: folder, timeout_ms: timeout, env, user }) => ({
    action: {
      type: 'exec',
      command: typeof command === 'string' ? ['bash', '-lc', command] : textsOf(command),
      env: isObject(env) ? env : {},
      ...(typeof folder === 'string' ? { working_directory: folder } : {}),
      ...(typeof timeout === 'number' ? { timeout_ms: timeout } : {}),
      ...(typeof user === 'string' ? { user } : {}),
    },
  }),
  shell: ({ commands, timeout_ms: timeout, max_output_length: length }) => ({
    action: {
      commands: typeof commands === 'string' ? [commands] : textsOf(commands),
      timeout_ms: typeof timeout === 'number' ? timeout : null,
      max_output_length: typeof length === 'number' ? length : null,
    },
    environment: { type: 'local' },
  }),
  apply_patch: ({ type, path, diff }) => {
    const operation = { type, path: typeof path === 'string' ? path : '' }
    if (type === 'delete_file') return { operation }
    const kind = type === 'create_file' ? type : 'update_file'
    return { operation: { ...operation, type: kind, diff: typeof diff === 'string' ? diff : '' } }
  },
  tool_search: (given) => ({ execution: 'client', arguments: given }),
})

/**
 * A call of a tool that the client runs by itself on its way out: a shell, a patch, a search for
 * tools. It has no events between its beginning and its end.
 */
export class ActionCallItem {
  readonly #writer: ItemWriter
  readonly #callId: string
  readonly #kind: ActionKind
  #arguments = ''

  constructor(writer: ItemWriter, callId: string, kind: ActionKind) {
    this.#writer = writer
    this.#callId = callId
    this.#kind = kind
    writer.writeItem('response.output_item.added', this.#item('in_progress', {}))
  }

  /** Takes a piece of the function's arguments. */
  add(piece: string): void {
    this.#arguments += piece
  }

  close(status: ItemStatus): ResponseItem {
    const item = this.#item(status, objectIn(this.#arguments))
    this.#writer.writeItem('response.output_item.done', item)
    return item
  }

  #item(status: ItemStatus | 'in_progress', given: Json): ResponseItem {
    return {
      id: this.#writer.id,
      type: `${this.#kind}_call`,
      status,
      call_id: this.#callId,
      ...MEMBERS.get(this.#kind)!(given),
    }
  }
}

function objectIn(text: string): Json {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : {}
  } catch {
    // Half a command must never run.
    return {}
  }
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}
