import type { ServerResponse } from 'node:http'
import { headerText, type Batch, type CallReport, type Exchange } from '@sluice/core'

/** The headers of an answer: who it belongs to, who served it, what it was limited by. Flat list of names and values. */
export function answerHead(
  res: ServerResponse,
  exchange: Exchange,
  report: CallReport | undefined,
  first: Batch,
): string[] {
  const head = [
    'x-request-id',
    exchange.requestId,
    'openai-processing-ms',
    String(Math.round(performance.now() - exchange.startedAtMs)),
    'vary',
    varyOf(res),
  ]
  // A streamed answer says `no-cache, no-transform`, which the writer knows best.
  if (first.framing !== 'events') head.push('cache-control', 'private, no-store')
  if (report === undefined) return head
  if (report.provider !== undefined) head.push('x-sluice-provider', headerText(report.provider))
  if (report.model !== undefined && report.model !== '') head.push('x-sluice-model', headerText(report.model))
  if (report.attempts > 0) head.push('x-sluice-attempts', String(report.attempts))
  if (report.cache !== undefined) head.push('x-sluice-cache', report.cache)
  if (report.droppedParams.length > 0) head.push('x-sluice-dropped-params', headerText(report.droppedParams.join(', ')))
  for (const name in report.headers) head.push(name, headerText(report.headers[name]!))
  return head
}

/** What the host says already, and that the answer depends on the key. */
function varyOf(res: ServerResponse): string {
  const before = res.getHeader('vary')
  if (before === undefined) return 'Authorization'
  const text = String(before)
  return /(?:^|,)\s*(?:authorization|\*)\s*(?:,|$)/i.test(text) ? text : `${text}, Authorization`
}
