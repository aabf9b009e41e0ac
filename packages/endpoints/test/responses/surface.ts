import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exchangeOf, type ApiError, type Batch, type Call, type Handler } from '@sluice/core'
import { draftResponse } from '@sluice/core/internal'
import type { Response, ResponseCreateParams } from '@sluice/core/wire'
import { endpoints, mount, type EndpointsOptions } from '@sluice/endpoints'
import { DocumentBatch, TypedEventBatch } from '@sluice/sse-stream/internal'
import { NEVER, Observable, of } from 'rxjs'
import { afterEach } from 'vitest'

/** A handler that says what it was asked, and remembers it. */
export function scripted() {
  const asked: ResponseCreateParams[] = []
  const live = { subscribed: 0, unsubscribed: 0 }
  const handler = ((call: Call<'responses.create'>) =>
    new Observable<Batch>((subscriber) => {
      const { params, gate } = call
      asked.push(params)
      live.subscribed++
      const id = `resp_${asked.length}`
      const draft = draftResponse(params, {
        id,
        createdAt: 1_700_000_000,
        model: params.model,
        status: 'in_progress',
      })
      const content = [
        { type: 'output_text', text: `answer ${asked.length}`, annotations: [], logprobs: [] },
      ]
      const output = [
        {
          id: `msg_${asked.length}`,
          type: 'message',
          role: 'assistant',
          status: 'completed',
          content,
        },
      ]
      const response: Response = { ...draft, status: 'completed', output }
      const answer: Observable<Batch> =
        params.stream !== true
          ? of(new DocumentBatch({ value: response }, gate))
          : of(
              new TypedEventBatch(
                { events: [{ type: 'response.created', sequence_number: 0, response: draft }] },
                gate,
              ),
              ...(params.model === 'endless'
                ? []
                : [
                    new TypedEventBatch(
                      { events: [{ type: 'response.completed', sequence_number: 1, response }] },
                      gate,
                    ),
                  ]),
            )
      const subscription = answer.subscribe({ next: (batch) => subscriber.next(batch) })
      if (params.model === 'endless') subscription.add(NEVER.subscribe())
      else subscriber.complete()
      return () => {
        live.unsubscribed++
        subscription.unsubscribe()
      }
    })) as unknown as Handler
  return { handler, asked, live }
}

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/**
 * The surface on a port of its own; who calls is what the `x-caller` header says:
 * `tenant/id/model`.
 */
export async function surface(options: EndpointsOptions = {}) {
  const script = scripted()
  const errors: ApiError[] = []
  const server = createServer(
    mount(
      '/v1',
      (req, _res, next) => {
        const [tenant, id = 'key', model] = String(req.headers['x-caller'] ?? '').split('/')
        const models = model === undefined ? undefined : [model]
        exchangeOf(req).principal = tenant === '' ? undefined : { tenant: tenant!, id, models }
        next()
      },
      endpoints(script.handler, { onError: (error) => errors.push(error), ...options }),
    ),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  const ask = async (method: string, path: string, body?: unknown, caller = 'a/ann') => {
    const answer = await fetch(base + path, {
      method,
      headers: {
        'x-caller': caller,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, text, json: parse(text) }
  }
  return { ...script, ask, base, errors }
}

// eslint-disable-next-line typescript/no-explicit-any -- what a server says is looked at by tests, whatever it is
function parse(text: string): any {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
