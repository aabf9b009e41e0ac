import type { ResponseItem } from '@sluice/core/wire'
import { InputText } from '../custom-tools/input-text.ts'
import type { ToolTarget } from './chat-tools.ts'
import type { ItemStatus, ItemWriter } from './item-writer.ts'

/**
 * A call of a custom tool on its way out: the text in the arguments of the function that stands for
 * it.
 */
export class CustomCallItem {
  readonly #writer: ItemWriter
  readonly #callId: string
  readonly #target: ToolTarget
  readonly #reader = new InputText()
  #input = ''

  constructor(writer: ItemWriter, callId: string, target: ToolTarget) {
    this.#writer = writer
    this.#callId = callId
    this.#target = target
    writer.writeItem('response.output_item.added', this.#item('in_progress'))
  }

  /** Takes a piece of the function's arguments. */
  add(piece: string): void {
    this.#say(this.#reader.push(piece))
  }

  close(status: ItemStatus): ResponseItem {
    this.#say(this.#reader.end(status === 'completed'))
    this.#writer.write('response.custom_tool_call_input.done', { input: this.#input })
    const item = this.#item(status)
    this.#writer.writeItem('response.output_item.done', item)
    return item
  }

  #say(delta: string): void {
    if (delta === '') return
    this.#input += delta
    this.#writer.write('response.custom_tool_call_input.delta', { delta })
  }

  #item(status: ItemStatus | 'in_progress'): ResponseItem {
    const { name, namespace } = this.#target
    return {
      id: this.#writer.id,
      type: 'custom_tool_call',
      status,
      call_id: this.#callId,
      input: this.#input,
      name,
      ...(namespace === undefined ? {} : { namespace }),
    }
  }
}
