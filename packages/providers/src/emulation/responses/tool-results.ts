import type { ChatCompletionContentPart, ChatCompletionMessageParam } from '@sluice/core/wire'

/** What one call gave; `undefined` where the history does not say. */
export interface ResultOf {
  readonly id: string
  readonly name: string
  readonly content: string | ChatCompletionContentPart[] | undefined
}

const MISSING = 'The result of this call is not known.'
const BELOW = 'The result is in the message that follows.'

/**
 * The results of one turn's calls as chat messages, in the order of the calls. Where a tool's
 * message holds text only, pictures and files follow behind the
 * last result, each under the call that it belongs to, since nothing may stand between results.
 */
export function resultMessages(
  results: readonly ResultOf[],
  holdsMedia: boolean,
): ChatCompletionMessageParam[] {
  const messages: ChatCompletionMessageParam[] = []
  const shown: ChatCompletionContentPart[] = []
  for (const { id, name, content } of results) {
    if (content === undefined || typeof content === 'string') {
      messages.push({ role: 'tool', tool_call_id: id, content: content ?? MISSING })
      continue
    }
    const media = content.filter(({ type }) => type !== 'text')
    if (media.length > 0 && holdsMedia) {
      messages.push({ role: 'tool', tool_call_id: id, content })
      continue
    }
    const text = textOfParts(content)
    messages.push({
      role: 'tool',
      tool_call_id: id,
      content: text === '' && media.length > 0 ? BELOW : text,
    })
    if (media.length > 0) {
      shown.push({ type: 'text', text: `The tool ${name} gave this for the call ${id}:` })
      for (const part of media) shown.push(part)
    }
  }
  if (shown.length > 0) messages.push({ role: 'user', content: shown })
  return messages
}

/** The texts among parts, line by line. */
export function textOfParts(parts: readonly ChatCompletionContentPart[]): string {
  return parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n')
}
