import { draftResponse } from '@sluice/core/internal'
import { describe, expect, it } from 'vitest'

const envelope = { id: 'resp_1', createdAt: 5, model: 'm', status: 'queued' } as const

describe('draftResponse', () => {
  it('gives OpenAI’s own values for what was left out', () => {
    expect(draftResponse({ model: 'm' }, envelope)).toMatchObject({
      id: 'resp_1',
      object: 'response',
      created_at: 5,
      status: 'queued',
      background: false,
      error: null,
      instructions: null,
      output: [],
      parallel_tool_calls: true,
      store: true,
      temperature: 1,
      text: { format: { type: 'text' } },
      tool_choice: 'auto',
      tools: [],
      top_p: 1,
      truncation: 'disabled',
      metadata: {},
    })
  })

  it('has every member that Open Responses asks of a response', () => {
    const draft = draftResponse({ model: 'm' }, envelope)
    const required =
      'id object created_at completed_at status incomplete_details model previous_response_id ' +
      'instructions output error tools tool_choice truncation parallel_tool_calls text top_p ' +
      'presence_penalty frequency_penalty top_logprobs temperature reasoning usage ' +
      'max_output_tokens max_tool_calls store background service_tier metadata ' +
      'safety_identifier prompt_cache_key'
    for (const name of required.split(' ')) expect([name, draft[name]]).not.toContain(undefined)
    expect([draft['presence_penalty'], draft['frequency_penalty']]).toEqual([0, 0])
  })

  it('gives back what was asked', () => {
    const tools = [{ type: 'function', name: 'f' }, { type: 'web_search' }]
    const asked = {
      model: 'm',
      background: true,
      instructions: 'i',
      temperature: 0,
      store: false,
      metadata: { a: 'b' },
      user: 'u',
    }
    const draft = draftResponse({ ...asked, tools, previous_response_id: 'resp_0' }, envelope)
    const { model: _model, ...wanted } = asked
    expect(draft).toMatchObject({ ...wanted, previous_response_id: 'resp_0' })
    expect(draft['tools']).toEqual([
      { type: 'function', name: 'f', description: null, parameters: null, strict: true },
      { type: 'web_search' },
    ])
  })
})
