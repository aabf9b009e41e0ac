import type { ResponseOperator } from './internal/response-operator.ts'
import { ChannelRewriter, type ChannelFilters } from './rewrite/channel-rewriter.ts'
import { JsonContext, plainText, type TextContext } from './redaction/json-context.ts'
import { mapStrings } from './redaction/map-strings.ts'
import type { RedactionVault } from './redaction/redaction-vault.ts'
import { RestoringFilter } from './redaction/restoring-filter.ts'
import { rewriteResponse } from './rewrite/rewrite-response.ts'

/**
 * Puts back what a vault remembers: placeholders in the answer become the values that they stand
 * for, in every choice and channel of every operation, however the chunks cut them. In arguments of
 * tool calls the value is written as JSON. Anything that the vault does not know stays.
 */
export function reidentify(vault: RedactionVault): ResponseOperator {
  const filter = (context: TextContext) => new RestoringFilter(vault, context)
  const filters: ChannelFilters = {
    text: () => filter(plainText),
    json: () => filter(new JsonContext()),
    whole: (value, field = '') =>
      mapStrings(
        value,
        (text, key) => {
          const restoring = filter(key === 'arguments' ? new JsonContext() : plainText)
          return restoring.push(text) + restoring.end()
        },
        field,
      ),
    keepsLogprobs: true,
    keepsForeign: true,
  }
  return rewriteResponse(
    'reidentify',
    () => ({ create: (index) => new ChannelRewriter(index, filters), filters }),
    [],
  )
}
