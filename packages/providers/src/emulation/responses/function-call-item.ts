import type { ResponseItem } from '@sluice/core/wire'
import type { ToolTarget } from './chat-tools.ts'
import type { ItemStatus, ItemWriter } from './item-writer.ts'

/** A function call on its way out. */
export class FunctionCallItem {
  readonly kind = 'function_call'
  readonly #writer: ItemWriter
  readonly #callId: string
  readonly #target: ToolTarget
  #arguments = ''

  constructor(writer: ItemWriter, callId: string, target: ToolTarget) {
    this.#writer = writer
    this.#callId = callId
    this.#target = target
    writer.writeItem('response.output_item.added', this.#item('in_progress'))
  }

  add(delta: string): void {
    if (delta === '') return
    this.#arguments += delta
    this.#writer.write('response.function_call_arguments.delta', { delta })
  }

  close(status: ItemStatus): ResponseItem {
    // No arguments at all are an empty object; half of them stay what they are.
    if (this.#arguments === '' && status === 'completed') this.add('{}')
    this.#writer.write('response.function_call_arguments.done', {
      name: this.#target.name,
      arguments: this.#arguments,
    })
    const item = this.#item(status)
    this.#writer.writeItem('response.output_item.done', item)
    return item
  }

  #item(status: ItemStatus | 'in_progress'): ResponseItem {
    const { name, namespace } = this.#target
    return {
      id: this.#writer.id,
      type: 'function_call',
      status,
      arguments: this.#arguments,
      call_id: this.#callId,
      name,
      ...(namespace === undefined ? {} : { namespace }),
    }
  }
}
