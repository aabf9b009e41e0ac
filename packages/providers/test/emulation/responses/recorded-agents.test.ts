import { readFileSync } from 'node:fs'
import { call, type Batch, type Handler } from '@sluice/core'
import type {
  Response,
  ResponseCreateParams,
  ResponseItem,
  ResponseStreamEvent,
} from '@sluice/core/wire'
import { openaiCompatible } from '@sluice/providers'
import { anthropic } from '@sluice/providers/anthropic'
import { gemini } from '@sluice/providers/gemini'
import { lastValueFrom, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { scriptedVendor } from '../../scripted-vendor.ts'

const recorded = (name: string) =>
  JSON.parse(
    readFileSync(new URL(`../../fixtures/agents/${name}.json`, import.meta.url), 'utf8'),
  ) as Omit<ResponseCreateParams, 'input'> & {
    readonly model: string
    readonly input: ResponseItem[]
  }

const VENDORS: Readonly<Record<string, (baseURL: string) => Handler>> = {
  anthropic: (baseURL) => anthropic({ baseURL, apiKey: 'k' }),
  gemini: (baseURL) => gemini({ baseURL, apiKey: 'k' }),
  'an alike': (baseURL) => openaiCompatible({ id: 'alike', baseURL, apiKey: 'k' }),
}
const cases = Object.entries(VENDORS).flatMap(([name, make]) =>
  [true, false].map((stream) => [name, stream ? 'streamed' : 'whole', make, stream] as const),
)

/** What an agent keeps of an answer: the items that are done, and the response. */
async function ask(handler: Handler, params: ResponseCreateParams) {
  const asked = call('responses.create', params)
  const batches = await lastValueFrom(handler(asked).pipe(toArray()))
  const drops = asked.report.droppedParams
  if (params.stream !== true) {
    const response = batches[0]!.document() as Response
    return { items: response.output, response, drops, events: [] }
  }
  const events = eventsOf(batches)
  const items = events.flatMap((event) =>
    event.type === 'response.output_item.done' ? [event['item'] as ResponseItem] : [],
  )
  const response = events.at(-1)!['response'] as Response
  expect(response.output).toEqual(items)
  expect(events.map((event) => event.sequence_number)).toEqual(events.map((_event, at) => at))
  return { items, response, drops, events }
}

function eventsOf(batches: readonly Batch[]): ResponseStreamEvent[] {
  return batches
    .map(({ bytes }) => Buffer.from(bytes).toString())
    .join('')
    .split('\n\n')
    .filter((frame) => frame !== '')
    .map((frame) => JSON.parse(frame.slice(frame.indexOf('data: ') + 6)) as ResponseStreamEvent)
}

const outputOf = (item: ResponseItem): ResponseItem => ({
  type: `${item.type}_output`.replace('tool_search_call_', 'tool_search_'),
  call_id: item['call_id'],
  ...(item.type === 'tool_search_call'
    ? { execution: 'client', status: 'completed', tools: [] }
    : { output: [{ type: 'input_text', text: 'It is done.' }] }),
})

describe.each(cases)('a recorded agent over %s, %s', (_name, _how, make, stream) => {
  it.each<[string, string, string, string, Readonly<Record<string, unknown>>]>([
    [
      'a function',
      'codex.1',
      'exec_command',
      '{"cmd":"ls"}',
      { type: 'function_call', name: 'exec_command', arguments: '{"cmd":"ls"}' },
    ],
    [
      'a function in a namespace',
      'codex.1',
      'multi_agent_v1__wait_agent',
      '{}',
      { type: 'function_call', name: 'wait_agent', namespace: 'multi_agent_v1', arguments: '{}' },
    ],
    [
      'a custom tool',
      'codex-gpt-5.5.1',
      'apply_patch',
      '{"input":"*** Begin\\n+\\"hi\\"\\n"}',
      { type: 'custom_tool_call', name: 'apply_patch', input: '*** Begin\n+"hi"\n' },
    ],
    [
      'a search for tools',
      'codex-gpt-5.5.1',
      'tool_search',
      '{"query":"mail","limit":2}',
      {
        type: 'tool_search_call',
        execution: 'client',
        arguments: { query: 'mail', limit: 2 },
      },
    ],
    [
      'a custom tool in the input',
      'codex-gpt-5.6.1',
      'exec',
      '{"input":"text(1)"}',
      { type: 'custom_tool_call', name: 'exec', namespace: 'functions', input: 'text(1)' },
    ],
    [
      'a function in a namespace in the input',
      'codex-gpt-6.2.1',
      'collaboration__list_agents',
      '{}',
      {
        type: 'function_call',
        name: 'list_agents',
        namespace: 'collaboration',
        arguments: '{}',
      },
    ],
  ])('calls %s (%s) and goes on with what it gave', async (_what, file, name, given, wanted) => {
    await using vendor = await scriptedVendor(
      { calls: [{ name, arguments: given }] },
      { text: 'All done.' },
    )
    const handler = make(vendor.baseURL)
    const params = { ...recorded(file), stream }
    const first = await ask(handler, params)
    expect(vendor.seen[0]!.tools).toContain(name)
    expect(new Set(vendor.seen[0]!.tools).size).toBe(vendor.seen[0]!.tools.length)
    expect(first.items).toEqual([
      {
        ...wanted,
        id: expect.any(String) as string,
        call_id: expect.any(String) as string,
        status: 'completed',
      },
    ])
    expect(first.response).toMatchObject({ status: 'completed', usage: { total_tokens: 12 } })

    const second = await ask(handler, {
      ...params,
      input: [...params.input, ...first.items, ...first.items.map(outputOf)],
    })
    expect(second.items).toMatchObject([
      { type: 'message', content: [{ type: 'output_text', text: 'All done.' }] },
    ])
    const sent = JSON.stringify(vendor.seen[1]!.body)
    expect(sent).toContain(`"name":"${name}"`)
    if (wanted['type'] !== 'tool_search_call') expect(sent).toContain('It is done.')
    expect(vendor.seen[1]!.tools).toEqual(vendor.seen[0]!.tools)
  })

  it.each([
    ['codex.2', 'exec_command'],
    ['codex-gpt-5.5.2', 'apply_patch'],
    ['codex-gpt-5.6.2', 'exec'],
    ['codex-namespace.1', 'collaboration__list_agents'],
    ['codex-tool-search.2', 'tool_search'],
  ])('goes on with the history of %s', async (file, name) => {
    await using vendor = await scriptedVendor({ text: 'All done.' })
    const { items } = await ask(make(vendor.baseURL), { ...recorded(file), stream })
    expect(items).toMatchObject([{ type: 'message', role: 'assistant' }])
    const { tools: _tools, ...sent } = vendor.seen[0]!.body
    expect(JSON.stringify(sent)).toContain(`"name":"${name}"`)
  })

  it('gives exactly one item for a conversation to compact, and reads it afterwards', async () => {
    await using vendor = await scriptedVendor(
      { text: 'The user wants a file; it was made.' },
      { text: 'Yes.' },
    )
    const handler = make(vendor.baseURL)
    const { items, events } = await ask(handler, { ...recorded('codex-compact-v2.2'), stream })
    expect(items).toEqual([
      {
        type: 'compaction',
        id: expect.stringMatching(/^cmp_/) as string,
        encrypted_content: expect.stringMatching(/^sluice-compaction-v1\./) as string,
      },
    ])
    if (stream)
      expect(events.map(({ type }) => type)).toEqual([
        'response.created',
        'response.in_progress',
        'response.output_item.added',
        'response.compaction.compacting',
        'response.output_item.done',
        'response.completed',
      ])
    expect(JSON.stringify(vendor.seen[0]!.body)).toContain('Sum up the conversation so far')

    const next = recorded('codex-compact-v2.3')
    const input = next.input.map((item) => (item.type === 'compaction' ? items[0]! : item))
    const { drops } = await ask(handler, { ...next, input, stream })
    expect(JSON.stringify(vendor.seen[1]!.body)).toContain('The user wants a file; it was made.')
    expect(drops).not.toContain('input.compaction')
  })

  it('fails where the model gives no summary', async () => {
    await using vendor = await scriptedVendor({ text: ' ' })
    const params = { ...recorded('codex-compact-v2.2'), stream }
    await expect(ask(make(vendor.baseURL), params)).rejects.toMatchObject({ status: 502 })
  })
})
