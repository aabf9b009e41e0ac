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
    const { status, json } = await ask('POST', '/responses', { model: 'm', input: 'Hi', [param]: value })
    expect([status, json.error.param]).toEqual([400, param])
  })

  it('may be of items of any kind, with names that objects have', async () => {
    const { ask, asked } = await surface()
    const input = ['__proto__', 'constructor', 'toString', 'shell_call', 'compaction'].map((type) => ({
      type,
      id: '__proto__',
      call_id: 'constructor',
    }))
    expect((await ask('POST', '/responses', { model: 'm', input })).status).toBe(200)
    expect(asked[0]!.input).toEqual(input)
    const { json } = await ask('GET', '/responses/resp_1/input_items')
    expect(json.data.length).toBe(5)
  })
})
