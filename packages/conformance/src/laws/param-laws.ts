import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import { ApiError, call } from '@sluice/core'
import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import { faultResponse } from '../fault-vendor/fault-step.ts'
import { againstVendor, BASE_PATH, soon } from './against-vendor.ts'
import { asDocument, isChat } from './chat-params.ts'
import { collect } from './collect.ts'
import { encodedBody } from './encoded-body.ts'
import { openaiChatParams, type ParamSample } from './openai-chat-params.ts'
import type { ChatUnderTest, ProviderLaw } from './provider-subject.ts'

/**
 * What a client says is carried, or said to be left out; never silently lost, and never more than
 * it should be.
 */
export const paramLaws: readonly ProviderLaw[] = [
  ...openaiChatParams.map((sample): ProviderLaw => ({
    name: `carries ${describe(sample)} or lists it among what it drops`,
    applies: ({ spec }) => spec.chat !== undefined,
    check: ({ spec }) => checkParam(spec.chat!, sample),
  })),
  {
    name: 'keeps every model name in its place',
    applies: ({ fixtures }) => fixtures.some(isChat),
    async check(subject) {
      const fixture = subject.fixtures.find(isChat)!
      for (const model of HOSTILE_MODELS) {
        const params = { ...asDocument(fixture), model }
        await againstVendor(subject, [() => faultResponse(500, '{}')], async (provider, vendor) => {
          const { error } = await soon(
            collect(provider(call('chat.completions', params))),
            'the call ends',
          )
          assert.ok(ApiError.is(error), 'it fails with an ApiError')
          for (const { path, headers } of vendor.requests) {
            const [place = '', ...queries] = path.split('?')
            assert.ok(
              place.startsWith(`${BASE_PATH}/`),
              `${JSON.stringify(model)} leads to ${path}`,
            )
            const segments = place.split('/').map((segment) => decodeURIComponent(segment))
            assert.ok(
              !segments.includes('..') && !segments.includes('.'),
              `${JSON.stringify(model)} leads to ${path}`,
            )
            assert.ok(queries.length <= 1, `${JSON.stringify(model)} adds a query`)
            assert.equal(headers['x-injected'], undefined, `${JSON.stringify(model)} adds a header`)
          }
        })
      }
    },
  },
]

const HOSTILE_MODELS: readonly string[] = [
  '..',
  '.',
  '../../admin',
  '..%2f..%2fadmin',
  'http://169.254.169.254/latest',
  'model?key=value',
  'model#fragment',
  'model with spaces',
  'model\r\nx-injected: yes',
  '@evil.example',
  '模型',
]

function checkParam(chat: ChatUnderTest, { name, value, with: others = {} }: ParamSample): void {
  const without = {
    model: 'model-1',
    messages: [{ role: 'user', content: 'Hello.' }],
    ...others,
  } as ChatCompletionCreateParams
  const context = { model: 'model-1', stream: false }
  const plain = encodedBody(without, chat.encode(without, context))
  const params = { ...without, [name]: value }
  const { proxy, reads } = recordReads(params)
  const encoded = chat.encode(proxy, context)
  const body = encodedBody(params, encoded)
  const dropped = [...chat.unsupportedParams, ...(encoded.drops ?? [])].includes(name)
  if (dropped)
    return assert.deepEqual(body, plain, `${name} is listed as dropped, but changes the request`)
  // Several choices are made by several requests where one cannot give them.
  if (name === 'n' && chat.maxChoices === 1) return
  const carried = encoded.patch !== undefined && !encoded.patch.unset.includes(name)
  assert.ok(carried || reads.has(name), `${name} is neither read nor listed in \`drops\``)
  assert.ok(
    !isDeepStrictEqual(body, plain),
    `${name} is read, but the request is the same with it and without`,
  )
}

function recordReads(params: ChatCompletionCreateParams): {
  proxy: ChatCompletionCreateParams
  reads: ReadonlySet<string>
} {
  const reads = new Set<string>()
  const note = (name: string | symbol) => {
    if (typeof name === 'string') reads.add(name)
  }
  const proxy = new Proxy(params, {
    get(target, name) {
      note(name)
      return Reflect.get(target, name) as unknown
    },
    has(target, name) {
      note(name)
      return Reflect.has(target, name)
    },
  })
  return { proxy, reads }
}

function describe({ name, value }: ParamSample): string {
  const type = (value as { type?: unknown }).type
  return name === 'response_format' && typeof type === 'string' ? `${name} (${type})` : name
}
