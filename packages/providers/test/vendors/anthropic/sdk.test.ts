import Anthropic from '@anthropic-ai/sdk'
import type { MessageCreateParams } from '@anthropic-ai/sdk/resources/messages'
import { loadFixtures, replayVendor } from '@sluice/conformance'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MessagesRequest } from '../../../src/vendors/anthropic/wire.ts'
import { encode } from './support.ts'

const fixtures = loadFixtures(new URL('../../fixtures/anthropic', import.meta.url))
/** Compiles only while all that is written here is what the vendor's own client may send. */
const sendable = (body: MessagesRequest): MessageCreateParams => body

describe("the vendor's own client", () => {
  let vendor: Awaited<ReturnType<typeof replayVendor>>
  let client: Anthropic

  beforeAll(async () => {
    vendor = await replayVendor(fixtures, { everyBytes: 100 })
    client = new Anthropic({ apiKey: 'sk-ant-test', baseURL: vendor.url, maxRetries: 0 })
  })
  afterAll(() => vendor.close())

  it.each(
    fixtures.filter(
      (one) => one.upstream.stream !== undefined && one.upstream.document !== undefined,
    ),
  )('reads the golden case "$name" as a whole from its stream', async ({ params, upstream }) => {
    const { id, model, content, stop_reason } = JSON.parse(
      new TextDecoder().decode(upstream.document),
    ) as Anthropic.Message
    const { body } = encode(params)
    const read = await client.messages.stream(sendable(body)).finalMessage()
    expect(JSON.parse(JSON.stringify(read))).toMatchObject({ id, model, content, stop_reason })
  })
})
