import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { seededRandom } from '@sluice/conformance'
import { endpoints, mount } from '@sluice/endpoints'
import { demo } from '@sluice/demo'
import { describe, expect, it } from 'vitest'
import { surface } from './surface.ts'

const call = { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' }

describe('the input of /responses', () => {
  it.each<[string, unknown]>([
    ['input', 5],
    ['input[0]', [5]],
    ['input[0]', [null]],
    ['input[0].role', [{}]],
    ['input[0].role', [{ type: 'message', role: 'critic', content: 'x' }]],
    ['input[0].content', [{ role: 'user' }]],
    ['input[0].content', [{ type: 'message', role: 'assistant', content: null }]],
    ['input[0].content[0].type', [{ role: 'user', content: [{ text: 'x' }] }]],
    ['input[0].content[0].text', [{ role: 'user', content: [{ type: 'input_text', text: 5 }] }]],
    ['input[1].call_id', [call, { ...call, call_id: 5 }]],
    ['input[0].name', [{ ...call, name: undefined }]],
    ['input[0].arguments', [{ ...call, arguments: {} }]],
    ['input[0].output', [{ type: 'function_call_output', call_id: 'c' }]],
    ['input[0].name', [{ type: 'custom_tool_call', call_id: 'c', input: 'x' }]],
    ['input[0].input', [{ type: 'custom_tool_call', call_id: 'c', name: 'x', input: {} }]],
    ['input[0].output', [{ type: 'custom_tool_call_output', call_id: 'c', output: 5 }]],
    ['input[0].tools', [{ type: 'additional_tools', tools: {} }]],
    ['input[0].tools[0].name', [{ type: 'additional_tools', tools: [{ type: 'custom' }] }]],
    ['input[0].summary', [{ type: 'reasoning', summary: 'x' }]],
    ['input[0].id', [{ type: 'item_reference' }]],
    ['input[0].id', [{ type: 'item_reference', id: 5 }]],
  ])('is told that %s is wrong', async (param, input) => {
    const { ask, asked } = await surface()
    const { status, json } = await ask('POST', '/responses', { model: 'm', input })
    expect([status, json.error.param, asked.length]).toEqual([400, param, 0])
  })

  it.each([
    ['presence_penalty', 'x'],
    ['frequency_penalty', 4],
    ['service_tier', 5],
    ['safety_identifier', 5],
    ['prompt_cache_key', 5],
    ['max_tool_calls', 'x'],
  ])('is told that %s is wrong, which the response would give back', async (param, value) => {
    const { ask } = await surface()
    const { status, json } = await ask('POST', '/responses', {
      model: 'm',
      input: 'Hi',
      [param]: value,
    })
    expect([status, json.error.param]).toEqual([400, param])
  })

  it.each<[string, object]>([
    ['tools[0].name', { type: 'custom' }],
    ['tools[0].name', { type: 'custom', name: '' }],
    ['tools[0].format.definition', { type: 'custom', name: 'c', format: { type: 'grammar' } }],
    [
      'tools[0].format.definition',
      { type: 'custom', name: 'c', format: { type: 'grammar', syntax: 'yacc', definition: 'x' } },
    ],
    ['tools[0].format.type', { type: 'custom', name: 'c', format: {} }],
    ['tools[0].tools', { type: 'namespace', name: 'n' }],
  ])('is told that %s is wrong in a tool', async (param, tool) => {
    const { ask } = await surface()
    const { status, json } = await ask('POST', '/responses', {
      model: 'm',
      input: 'Hi',
      tools: [tool],
    })
    expect([status, json.error.param]).toEqual([400, param])
  })

  it('may be of 10,000 items, and not of more', async () => {
    const { ask, asked } = await surface()
    const input = Array.from({ length: 5000 }, (_, at) => [
      { type: 'custom_tool_call', call_id: `c${at}`, name: '__proto__', input: 'x' },
      { type: 'custom_tool_call_output', call_id: `c${at}`, output: 'y' },
    ]).flat()
    expect((await ask('POST', '/responses', { model: 'm', input })).status).toBe(200)
    expect(asked[0]!.input!.length).toBe(10_000)
    const { status, json } = await ask('POST', '/responses', {
      model: 'm',
      input: [...input, input[0]],
    })
    expect([status, json.error.param]).toEqual([400, 'input'])
  })

  it('may be of items of any kind, with names that objects have', async () => {
    const { ask, asked } = await surface()
    const input = ['__proto__', 'constructor', 'toString', 'shell_call', 'compaction'].map(
      (type) => ({
        type,
        id: '__proto__',
        call_id: 'constructor',
      }),
    )
    expect((await ask('POST', '/responses', { model: 'm', input })).status).toBe(200)
    expect(asked[0]!.input).toEqual(input)
    const { json } = await ask('GET', '/responses/resp_1/input_items')
    expect(json.data.length).toBe(5)
  })
})

/** One of each kind that is read, and values that are none. */
const GOOD = {
  model: 'demo',
  instructions: 'Be brief.',
  input: [
    { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'One.' }] },
    {
      role: 'user',
      content: [{ type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'low' }],
    },
    {
      type: 'reasoning',
      id: 'rs_1',
      summary: [{ type: 'summary_text', text: 'Hm.' }],
      content: null,
    },
    {
      type: 'message',
      role: 'assistant',
      phase: 'commentary',
      content: [{ type: 'output_text', text: 'So.' }],
    },
    call,
    { type: 'function_call_output', call_id: 'c', output: [{ type: 'input_text', text: 'x' }] },
    { type: 'custom_tool_call', call_id: 'd', name: 'patch', input: 'x' },
    { type: 'custom_tool_call_output', call_id: 'd', output: 'x' },
    { type: 'shell_call', call_id: 'e', action: { commands: ['ls'] } },
    { type: 'shell_call_output', call_id: 'e', output: [{ stdout: 'x' }] },
    { type: 'mcp_call', id: 'm', name: 'n', arguments: '{}', output: 'x' },
    { type: 'item_reference', id: 'msg_1' },
  ],
  tools: [
    { type: 'function', name: 'f', parameters: { type: 'object', properties: {} } },
    { type: 'custom', name: 'c' },
    { type: 'web_search', user_location: { type: 'approximate', city: 'Graz' } },
  ],
  tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'f' }] },
  text: { format: { type: 'json_schema', name: 'n', schema: {} }, verbosity: 'low' },
  reasoning: { effort: 'low', summary: 'auto' },
  include: ['reasoning.encrypted_content'],
  previous_response_id: null,
  max_output_tokens: 20,
}
const BAD = [
  null,
  0,
  -1,
  1.5,
  true,
  '',
  'x',
  '__proto__',
  'constructor',
  [],
  [null],
  {},
  { type: 'toString' },
  [[]],
]

function mutated(value: unknown, random: () => number): unknown {
  const draw = random()
  if (draw < 0.03) return BAD[Math.floor(random() * BAD.length)]
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const items = value.map((item) => mutated(item, random))
    return draw < 0.2 ? items.toReversed() : draw < 0.3 ? [...items, ...items] : items
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(() => random() > 0.01)
      .map(([name, item]) => [random() < 0.01 ? '__proto__' : name, mutated(item, random)]),
  )
}

describe('a body of /responses that went wrong in any way', () => {
  it('is answered or refused, and never fails', async () => {
    const serve = mount('/v1', endpoints(demo({ tokensPerSecond: 0 })))
    const server = createServer((req, res) => serve(req, res, () => res.writeHead(404).end()))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/responses`
    const random = seededRandom(15)
    const statuses = new Map<number, number>()
    for (let round = 0; round < 1000; round++) {
      // A reference that is not there would hide whatever stands behind it.
      const input = random() < 0.9 ? GOOD.input.slice(0, -1) : GOOD.input
      const body = JSON.stringify(mutated({ ...GOOD, input }, random))
      const { status, body: answer } = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
      await answer?.cancel()
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      expect(status, body).toBeLessThan(500)
    }
    server.close()
    server.closeAllConnections()
    expect(statuses.get(200)).toBeGreaterThan(20)
    expect(statuses.get(400)).toBeGreaterThan(20)
  })
})
