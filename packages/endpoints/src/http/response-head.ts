import type { ServerResponse } from 'node:http'
import type { Batch, CallReport, Exchange } from '@sluice/core'
import { headerText, isFreeHeader, varyByKey } from '@sluice/core/internal'

/**
 * Returns the headers of a response: who it belongs to, who served it, what it was limited by.
 * `onRefused` hears of those that a stage has set and that are none.
 */
export function responseHead(
  res: ServerResponse,
  exchange: Exchange,
  report: CallReport | undefined,
  first: Batch,
  onRefused: (name: string) => void = () => {},
): Record<string, string> {
  const head: Record<string, string> = {
    'x-request-id': exchange.requestId,
    'openai-processing-ms': String(Math.round(performance.now() - exchange.startedAtMs)),
    vary: varyByKey(res),
  }
  // The name under which Anthropic's clients look for it.
  if (exchange.dialect === 'anthropic') head['request-id'] = exchange.requestId
  // A streamed answer says `no-cache, no-transform`, which the writer knows best.
  if (first.framing !== 'events') head['cache-control'] = 'private, no-store'
  if (report === undefined) return head
  const { provider, model, attempts, cache, droppedParams, headers } = report
  if (provider !== undefined) head['x-sluice-provider'] = headerText(provider)
  if (model !== undefined && model !== '') head['x-sluice-model'] = headerText(model)
  if (attempts > 0) head['x-sluice-attempts'] = String(attempts)
  if (cache !== undefined) head['x-sluice-cache'] = cache
  if (droppedParams.length > 0)
    head['x-sluice-dropped-params'] = headerText(droppedParams.join(', '))
  for (const name in headers) {
    if (isFreeHeader(name)) head[name] = headerText(headers[name]!)
    else onRefused(name)
  }
  return head
}
