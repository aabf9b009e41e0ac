import { describe, expect, it } from 'vitest'
import { chooseTools } from '../src/choose-tool.ts'
import { readConversation } from '../src/read-conversation.ts'
import { toolArguments } from '../src/tool-arguments.ts'

const string = { type: 'string' }
const SCHEMAS: Record<string, Record<string, unknown>> = {
  get_weather: {
    type: 'object',
    properties: {
      city: string,
      unit: { enum: ['celsius', 'fahrenheit'] },
      days: { type: 'integer', maximum: 14 },
    },
    required: ['city'],
  },
  get_time: { type: 'object', properties: { location: string }, required: ['location'] },
  add: {
    type: 'object',
    properties: { a: { type: 'number' }, b: { type: 'number' } },
    required: ['a', 'b'],
  },
  search_docs: {
    type: 'object',
    properties: { query: string, limit: { type: 'integer' } },
    required: ['query'],
  },
  send_mail: {
    type: 'object',
    properties: {
      to: { type: 'string', format: 'email' },
      day: { type: 'string', format: 'date' },
      urgent: { type: 'boolean' },
    },
    required: ['to', 'urgent'],
  },
  plan: {
    type: 'object',
    properties: {
      stops: {
        type: 'array',
        items: { type: 'object', properties: { place: string }, required: ['place'] },
      },
    },
    required: ['stops'],
  },
}
const TOOLS = [
  ...Object.entries(SCHEMAS).map(([name, parameters]) => ({
    type: 'function' as const,
    function: { name, parameters },
  })),
  { type: 'function' as const, function: { name: 'ping' } },
  { type: 'function' as const, function: { name: 'odd_tool', parameters: { type: 'string' } } },
]

function argumentsFor(question: string): unknown[] {
  const messages = [{ role: 'user' as const, content: question }]
  return chooseTools({ model: 'demo', messages, tools: TOOLS }, readConversation(messages)).map(
    (chosen) => JSON.parse(toolArguments(chosen, question)) as unknown,
  )
}

describe('toolArguments', () => {
  it.each<[string, unknown[]]>([
    ['Use get_weather for Paris', [{ city: 'Paris' }]],
    ["What's the weather in New York? Use get_weather.", [{ city: 'New York' }]],
    [
      'Use get_weather for Paris in celsius and get_time for New York',
      [{ city: 'Paris', unit: 'celsius' }, { location: 'New York' }],
    ],
    ['In Rome, run get_weather and get_time', [{ city: 'Rome' }, { location: 'Rome' }]],
    ['get_weather: city is San Francisco, days is 4', [{ city: 'San Francisco', days: 4 }]],
    ['get_weather in Oslo for 3 days', [{ city: 'Oslo', days: 3 }]],
    ['get_weather in Oslo for 300 days', [{ city: 'Oslo' }]],
    ['get_weather city="oslo" unit: fahrenheit', [{ city: 'oslo', unit: 'fahrenheit' }]],
    ['get_weather with {"city":"Rome","days":3,"unknown":true}', [{ city: 'Rome', days: 3 }]],
    ['请调用get_weather查询北京的天气', [{ city: '北京' }]],
    ['get_weather，城市：city为上海', [{ city: '上海' }]],
    ['just get_weather', [{ city: 'demo city' }]],
    ['add 5 and 7.5', [{ a: 5, b: 7.5 }]],
    ['add with b=3 and a = -2', [{ a: -2, b: 3 }]],
    ['add 1', [{ a: 1, b: 1 }]],
    ['search_docs to find refunds for broken cups', [{ query: 'find refunds for broken cups' }]],
    ['search docs with query "billing address", limit 3', [{ query: 'billing address', limit: 3 }]],
    ['How do I pay? Ask search_docs.', [{ query: 'How do I pay? Ask' }]],
    [
      'send_mail to ann@example.org on 2026-03-04, urgent: false',
      [{ to: 'ann@example.org', day: '2026-03-04', urgent: false }],
    ],
    [
      'plan {"stops":[{"place":"Bern"},{"place":"Basel"},{"wrong":1}]}',
      [{ stops: [{ place: 'Bern' }, { place: 'Basel' }, { place: 'demo place 3' }] }],
    ],
    ['ping', [{}]],
    ['odd_tool', [{}]],
  ])('reads %j', (question, expected) => {
    expect(argumentsFor(question)).toEqual(expected)
  })

  it('is quick about a question of nothing but opening marks', () => {
    const start = performance.now()
    argumentsFor(`get_weather search_docs add send_mail ${'“'.repeat(16_000)}`)
    argumentsFor(`get_weather search_docs add send_mail ${'city '.repeat(4000)}`)
    expect(performance.now() - start).toBeLessThan(500)
  })
})
