import type { ServerResponse } from 'node:http'
import { call, createGate, type Handler } from '@sluice/core'
import { writeTo } from '@sluice/sse-stream/node'
import { shareReplayed } from '@sluice/sse-stream'

/**
 * One upstream request for any number of sockets. Each may come when it likes and gets the answer
 * from its beginning, at its own pace; the upstream stops when the last one has left.
 */
export function fanOut(handler: Handler, question: string): (res: ServerResponse) => void {
  const messages = [{ role: 'user' as const, content: question }]
  const answer = shareReplayed()(
    handler(call('chat.completions', { model: 'demo', stream: true, messages })),
  )
  return (res) => {
    writeTo(res)(answer.join(createGate()))
  }
}
