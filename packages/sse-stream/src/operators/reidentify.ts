import type { MonoTypeOperatorFunction } from 'rxjs'
import { ChannelRewriter, type ChannelFilters } from './channel-rewriter.ts'
import type { ChatBatch } from './chat-batch.ts'
import { JsonContext, plainText, type TextContext } from './json-context.ts'
import { mapStrings } from './map-strings.ts'
import type { RedactionVault } from './redaction-vault.ts'
import { RestoringFilter } from './restoring-filter.ts'
import { rewriteChoices } from './rewrite-choices.ts'

/**
 * Puts back what a vault remembers: placeholders in the answer become the values that they stand for, in every choice
 * and channel, however the chunks cut them. In arguments of tool calls the value is written as JSON. Anything that the
 * vault does not know stays.
 */
export function reidentify(vault: RedactionVault): MonoTypeOperatorFunction<ChatBatch> {
  const filter = (context: TextContext) => new RestoringFilter(vault, context)
  const filters: ChannelFilters = {
    text: () => filter(plainText),
    json: () => filter(new JsonContext()),
    whole: (value) =>
      mapStrings(value, (text) => {
        const restoring = filter(plainText)
        return restoring.push(text) + restoring.end()
      }),
    keepsLogprobs: true,
    keepsForeign: true,
  }
  return rewriteChoices(() => ({ create: (index) => new ChannelRewriter(index, filters) }))
}
