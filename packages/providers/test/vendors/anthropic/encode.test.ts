import { describe, expect, it } from 'vitest'
import { ApiError } from '@sluice/core'
import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import { encode, MODEL } from './support.ts'

const PIXEL = 'iVBORw0KGgoAAAANSUhEUg=='
const PDF = 'JVBERi0xLjQKJeLjz9M='
const user = (content: unknown) => ({ role: 'user' as const, content: content as string })
const assistant = (fields: object) => ({ role: 'assistant' as const, ...fields })
const tool = (id: string, content: unknown, fields: object = {}) => ({
  role: 'tool' as const,
  tool_call_id: id,
  content: content as string,
  ...fields,
})
const call = (id: string, name: string, args = '{}') => ({
  id,
  type: 'function' as const,
  function: { name, arguments: args },
})
const text = (words: string) => ({ type: 'text', text: words })
const says = (role: string, ...content: unknown[]) => ({ role, content })
const use = (id: string, name: string, input: object = {}) => ({
  type: 'tool_use',
  id,
  name,
  input,
})
const result = (id: string, ...content: unknown[]) => ({
  type: 'tool_result',
  tool_use_id: id,
  ...(content.length === 0 ? {} : { content }),
})
const missing = (id: string) => ({
  ...result(id, text('This call was given no result.')),
  is_error: true,
})
const strictOnes = (
  tools: ReturnType<typeof fn>[],
  more: Partial<ChatCompletionCreateParams> = {},
) => encode({ ...more, tools }).body.tools!.flatMap((one) => ('strict' in one ? [one.name] : []))
const fn = (name: string, fields: object = {}) => ({
  type: 'function' as const,
  function: { name, ...fields },
})
const wireTool = (name: string) => ({ name, input_schema: { type: 'object', properties: {} } })

describe('the messages of a request', () => {
  it.each<[string, ChatCompletionCreateParams['messages'], object]>([
    [
      'put instructions first, wherever they stand',
      [
        { role: 'system', content: 'Be brief.' },
        user('Hi'),
        { role: 'developer', content: [{ type: 'text', text: 'Be kind.' }] },
        assistant({ content: 'Hello' }),
        user('Bye'),
      ],
      {
        system: [text('Be brief.'), text('Be kind.')],
        messages: [
          says('user', text('Hi')),
          says('assistant', text('Hello')),
          says('user', text('Bye')),
        ],
      },
    ],
    [
      'join neighbours of one role',
      [
        user('One'),
        user('Two'),
        assistant({ content: 'Three' }),
        assistant({ content: 'Four' }),
        user('Five'),
      ],
      {
        messages: [
          says('user', text('One'), text('Two')),
          says('assistant', text('Three'), text('Four')),
          says('user', text('Five')),
        ],
      },
    ],
    [
      'leave out what is blank',
      [
        user(''),
        user(' \n'),
        user([text(''), text('Hi')]),
        assistant({ content: '' }),
        assistant({ content: null }),
        user('You?'),
      ],
      { messages: [says('user', text('Hi'), text('You?'))] },
    ],
    [
      'say the instructions for the user where nobody else speaks',
      [{ role: 'system', content: 'Tell a joke.' }],
      { messages: [says('user', text('Tell a joke.'))] },
    ],
    [
      'keep the last words of the assistant without the blank behind them',
      [user('Go'), assistant({ content: 'The answer is \n' })],
      { messages: [says('user', text('Go')), says('assistant', text('The answer is'))] },
    ],
    [
      'send images by address and by data',
      [
        user([
          text('Compare'),
          { type: 'image_url', image_url: { url: 'https://img.example/a.png', detail: 'high' } },
          { type: 'image_url', image_url: { url: `data:image/png;base64,${PIXEL}` } },
          { type: 'image_url', image_url: `data:image/jpg;name=a.jpg;base64,${PIXEL}` },
        ]),
      ],
      {
        messages: [
          says(
            'user',
            text('Compare'),
            { type: 'image', source: { type: 'url', url: 'https://img.example/a.png' } },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PIXEL } },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PIXEL } },
          ),
        ],
      },
    ],
    [
      'send files as documents',
      [
        user([
          {
            type: 'file',
            file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${PDF}` },
          },
          { type: 'file', file: { file_data: PDF } },
          {
            type: 'file',
            file: { filename: 'b.txt', file_data: 'data:text/plain;base64,R3LDvMOfZQ==' },
            citations: { enabled: true },
          },
          { type: 'file', file: { file_data: 'https://docs.example/c.pdf' } },
          { type: 'file', file: { file_id: 'file_011' } },
          { type: 'file', file: { file_data: 'data:text/csv,a%2Cb' } },
          {
            type: 'file',
            file: { filename: 'c.py', file_data: 'data:application/octet-stream,x%20=%201' },
          },
          { type: 'image_url', image_url: { url: 'data:image/svg+xml,<svg/>' } },
          {
            type: 'file',
            file: { filename: 'p.png', file_data: `data:image/png;base64,${PIXEL}` },
          },
        ]),
      ],
      {
        messages: [
          says(
            'user',
            {
              type: 'document',
              source: { type: 'base64', media_type: 'application/pdf', data: PDF },
              title: 'a.pdf',
            },
            {
              type: 'document',
              source: { type: 'base64', media_type: 'application/pdf', data: PDF },
            },
            {
              type: 'document',
              source: { type: 'text', media_type: 'text/plain', data: 'Grüße' },
              title: 'b.txt',
              citations: { enabled: true },
            },
            { type: 'document', source: { type: 'url', url: 'https://docs.example/c.pdf' } },
            { type: 'document', source: { type: 'file', file_id: 'file_011' } },
            { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'a,b' } },
            {
              type: 'document',
              source: { type: 'text', media_type: 'text/plain', data: 'x = 1' },
              title: 'c.py',
            },
            {
              type: 'document',
              source: { type: 'text', media_type: 'text/plain', data: '<svg/>' },
            },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PIXEL } },
          ),
        ],
      },
    ],
    [
      "hand on the vendor's own blocks",
      [
        user([
          {
            type: 'search_result',
            source: 'https://a.example',
            title: 'A',
            content: [text('x')],
          } as never,
        ]),
      ],
      {
        messages: [
          says('user', {
            type: 'search_result',
            source: 'https://a.example',
            title: 'A',
            content: [text('x')],
          }),
        ],
      },
    ],
    [
      'put results in front of the words that came before them',
      [
        user('Weather?'),
        assistant({
          content: 'Looking.',
          tool_calls: [call('a', 'weather', '{"city":"Bern"}'), call('b', 'clock', '')],
        }),
        tool('b', 'noon'),
        user('Hurry up'),
        tool('a', [
          text('sunny'),
          { type: 'image_url', image_url: { url: 'https://img.example/sky.png' } },
        ]),
      ],
      {
        messages: [
          says('user', text('Weather?')),
          says(
            'assistant',
            text('Looking.'),
            use('a', 'weather', { city: 'Bern' }),
            use('b', 'clock'),
          ),
          says(
            'user',
            result('b', text('noon')),
            result('a', text('sunny'), {
              type: 'image',
              source: { type: 'url', url: 'https://img.example/sky.png' },
            }),
            text('Hurry up'),
          ),
        ],
        tools: [wireTool('weather'), wireTool('clock')],
        tool_choice: { type: 'none' },
      },
    ],
    [
      'answer calls that were given no result, also at the end',
      [
        user('Go'),
        assistant({ tool_calls: [call('a', 'f'), call('b', 'f')] }),
        tool('a', ''),
        assistant({ content: 'Well' }),
        assistant({ tool_calls: [call('c', 'f')] }),
      ],
      {
        messages: [
          says('user', text('Go')),
          says('assistant', use('a', 'f'), use('b', 'f')),
          says('user', result('a'), missing('b')),
          says('assistant', text('Well'), use('c', 'f')),
          says('user', missing('c')),
        ],
        tools: [wireTool('f')],
        tool_choice: { type: 'none' },
      },
    ],
    [
      'tell results without a call as words',
      [tool('ghost', 'boo'), user('Who?'), assistant({ content: 'Me' }), tool('late', 'too late')],
      {
        messages: [
          says('user', text('The tool call ghost gave:'), text('boo'), text('Who?')),
          says('assistant', text('Me')),
          says('user', text('The tool call late gave:'), text('too late')),
        ],
      },
    ],
    [
      'add a second result for a call to the first, and say that a tool failed',
      [
        user('Go'),
        assistant({ tool_calls: [call('a', 'f')] }),
        tool('a', 'one'),
        tool('a', 'two', { is_error: true }),
      ],
      {
        messages: [
          says('user', text('Go')),
          says('assistant', use('a', 'f')),
          says('user', { ...result('a', text('one'), text('two')), is_error: true }),
        ],
        tools: [wireTool('f')],
        tool_choice: { type: 'none' },
      },
    ],
    [
      'change ids that are not allowed or come again, in call and result alike',
      [
        user('Go'),
        assistant({ tool_calls: [call('functions.f:0', 'f'), call('functions.f:0', 'f')] }),
        tool('functions.f:0', 'one'),
        tool('functions.f:0', 'two'),
        assistant({ tool_calls: [call('functions.f:0', 'f'), call('', 'f')] }),
        tool('functions.f:0', 'three'),
        tool('f', 'four'),
      ],
      {
        messages: [
          says('user', text('Go')),
          says('assistant', use('functions_f_0', 'f'), use('functions_f_0_2', 'f')),
          says(
            'user',
            result('functions_f_0', text('one')),
            result('functions_f_0_2', text('two')),
          ),
          says('assistant', use('functions_f_0_3', 'f'), use('f', 'f')),
          says('user', result('functions_f_0_3', text('three')), result('f', text('four'))),
        ],
        tools: [wireTool('f')],
        tool_choice: { type: 'none' },
      },
    ],
    [
      'keep arguments that are no object as what they are',
      [
        user('Go'),
        assistant({
          tool_calls: [
            call('a', 'f', '{"broken'),
            call('b', 'f', '[1]'),
            call('c', 'f', 'null'),
            call('d', 'f', ' '),
          ],
        }),
        ...['a', 'b', 'c', 'd'].map((id) => tool(id, 'ok')),
      ],
      {
        messages: [
          says('user', text('Go')),
          says(
            'assistant',
            use('a', 'f', { arguments: '{"broken' }),
            use('b', 'f', { arguments: [1] }),
            use('c', 'f'),
            use('d', 'f'),
          ),
          says('user', ...['a', 'b', 'c', 'd'].map((id) => result(id, text('ok')))),
        ],
        tools: [wireTool('f')],
        tool_choice: { type: 'none' },
      },
    ],
    [
      'understand calls of the form before tools',
      [
        user('Go'),
        assistant({ content: null, function_call: { name: 'f', arguments: '{"x":1}' } }),
        { role: 'function', name: 'f', content: 'ok' },
      ],
      {
        messages: [
          says('user', text('Go')),
          says('assistant', use('f', 'f', { x: 1 })),
          says('user', result('f', text('ok'))),
        ],
        tools: [wireTool('f')],
        tool_choice: { type: 'none' },
      },
    ],
    [
      'keep refusals',
      [user('Go'), assistant({ content: null, refusal: 'No.' }), user('Please')],
      {
        messages: [
          says('user', text('Go')),
          says('assistant', text('No.')),
          says('user', text('Please')),
        ],
      },
    ],
    [
      'keep cache marks where they are',
      [
        {
          role: 'system',
          content: [{ type: 'text', text: 'Long.', cache_control: { type: 'ephemeral' } }],
        },
        { ...user([text('a'), text('b')]), cache_control: { type: 'ephemeral', ttl: '1h' } },
        assistant({ tool_calls: [{ ...call('a', 'f'), cache_control: { type: 'ephemeral' } }] }),
        tool('a', 'ok', { cache_control: { type: 'ephemeral' } }),
      ],
      {
        system: [{ ...text('Long.'), cache_control: { type: 'ephemeral' } }],
        messages: [
          says('user', text('a'), {
            ...text('b'),
            cache_control: { type: 'ephemeral', ttl: '1h' },
          }),
          says('assistant', { ...use('a', 'f'), cache_control: { type: 'ephemeral' } }),
          says('user', { ...result('a', text('ok')), cache_control: { type: 'ephemeral' } }),
        ],
        tools: [wireTool('f')],
        tool_choice: { type: 'none' },
      },
    ],
  ])('%s', (_name, messages, expected) => {
    const { body } = encode({ messages })
    expect(body).toEqual({ model: MODEL, max_tokens: 32_000, ...expected })
  })

  it('ask to go on where the model does not go on from its own words', () => {
    const messages = [user('Go'), assistant({ content: 'The answer is ' })]
    expect(encode({ model: 'claude-opus-4-6', messages }).body.messages).toEqual([
      says('user', text('Go')),
      says('assistant', text('The answer is ')),
      says('user', text('Continue.')),
    ])
  })

  it.each<[string, object, string]>([
    [
      'sound',
      { type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } },
      'messages[1].content[1]',
    ],
    [
      'an image of another type',
      { type: 'image_url', image_url: { url: 'data:image/tiff;base64,SUkqAA==' } },
      'messages[1].content[1]',
    ],
    ['an image without an address', { type: 'image_url', image_url: {} }, 'messages[1].content[1]'],
    ['an empty file', { type: 'file', file: { filename: 'a.pdf' } }, 'messages[1].content[1]'],
  ])('are refused with the place of %s', (_name, part, param) => {
    const messages = [user('Hi'), user([text('See'), part])]
    expect(() => encode({ messages })).toThrow(
      expect.objectContaining({ code: 'unsupported_parameter', status: 400, param }) as ApiError,
    )
  })

  it('are refused where they say nothing at all', () => {
    const refusal = expect.objectContaining({ status: 400, param: 'messages' }) as ApiError
    expect(() => encode({ messages: [user(' ')] })).toThrow(refusal)
    expect(() => encode({ messages: [assistant({ content: null })] })).toThrow(refusal)
  })

  it('take time in proportion to their number', () => {
    const messages = Array.from({ length: 200_000 }, (_, index) =>
      index % 4 === 1
        ? assistant({ tool_calls: [call('same', 'f')] })
        : index % 4 === 2
          ? tool('same', 'ok')
          : index % 4 === 3
            ? assistant({ content: 'well' })
            : user('go'),
    )
    const before = performance.now()
    expect(encode({ messages }).body.messages).toHaveLength(200_000)
    expect(performance.now() - before).toBeLessThan(10_000)
  })

  it('say that names of people are not carried', () => {
    expect(encode({ messages: [{ ...user('Hi'), name: 'anna' }] }).drops).toEqual(['messages.name'])
  })
})

describe('the tools of a request', () => {
  const schema = {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  }

  it('are written with their schema', () => {
    const { body } = encode({
      tools: [
        fn('weather', { description: 'Tells the weather.', parameters: schema }),
        fn('clock'),
        {
          ...fn('cached', { parameters: { properties: {} } }),
          cache_control: { type: 'ephemeral' },
          defer_loading: true,
        },
      ],
    })
    expect(body.tools).toEqual([
      { name: 'weather', description: 'Tells the weather.', input_schema: schema },
      wireTool('clock'),
      { ...wireTool('cached'), cache_control: { type: 'ephemeral' }, defer_loading: true },
    ])
    expect(body.tool_choice).toBeUndefined()
  })

  it('put alternatives and references at the top of a schema side by side', () => {
    const address = {
      type: 'object',
      properties: { street: { type: 'string' } },
      required: ['street'],
    }
    const { body } = encode({
      tools: [
        fn('either', {
          parameters: {
            anyOf: [{ properties: { a: {} }, required: ['a'] }, { properties: { b: {} } }],
          },
        }),
        fn('both', {
          parameters: {
            allOf: [{ properties: { a: {} }, required: ['a'] }],
            properties: { b: {} },
            required: ['b'],
          },
        }),
        fn('named', { parameters: { $ref: '#/$defs/Address', $defs: { Address: address } } }),
      ],
    })
    expect(body.tools!.map((one) => 'input_schema' in one && one.input_schema)).toEqual([
      { type: 'object', properties: { a: {}, b: {} } },
      { type: 'object', properties: { a: {}, b: {} }, required: ['b', 'a'] },
      {
        type: 'object',
        properties: { street: { type: 'string' } },
        required: ['street'],
        $defs: { Address: address },
      },
    ])
  })

  it('are strict where the model can be held to the schema', () => {
    const limited = {
      ...schema,
      properties: { city: { type: 'string', minLength: 2, description: 'Where.' } },
    }
    const tools = [fn('weather', { parameters: limited, strict: true })]
    expect(encode({ tools }).body.tools).toEqual([
      {
        name: 'weather',
        strict: true,
        input_schema: {
          ...schema,
          properties: { city: { type: 'string', description: 'Where. {minLength: 2}' } },
        },
      },
    ])
    expect(encode({ model: 'claude-3-5-haiku-latest', tools }).body.tools).toEqual([
      { name: 'weather', input_schema: limited },
    ])
    expect(encode({ tools }).relaxedSchemas).toEqual(['weather: minLength'])
    expect(encode({ model: 'claude-3-5-haiku-latest', tools }).relaxedSchemas).toEqual([
      'weather: strict',
    ])
    const map = [
      fn('tags', {
        parameters: { type: 'object', additionalProperties: { type: 'string' } },
        strict: true,
      }),
    ]
    expect(encode({ tools: map }).body.tools![0]).not.toHaveProperty('strict')
    expect(encode({ tools: map }).relaxedSchemas).toEqual(['tags: strict'])
    const many = Array.from({ length: 21 }, (_, index) =>
      fn(`f${index}`, { parameters: schema, strict: true }),
    )
    expect(strictOnes(many)).toEqual(many.slice(0, 20).map((one) => one.function.name))
    expect(encode({ tools: many }).relaxedSchemas).toEqual(['f20: strict'])
  })

  it.each<[string, (name: string) => object]>([
    ['properties that may be missing', (name) => ({ [name]: { type: 'string' } })],
    ['types', (name) => ({ [name]: { type: ['string', 'null'] } })],
    ['alternatives', (name) => ({ [name]: { anyOf: [{ type: 'string' }, { type: 'null' }] } })],
  ])('are strict only as far as the vendor has room for %s', (kind, property) => {
    const wide = (count: number) => {
      const names = Array.from({ length: count }, (_, index) => `p${index}`)
      const properties = Object.assign({}, ...names.map(property)) as object
      const required = kind === 'properties that may be missing' ? [] : names
      return { type: 'object', properties, required }
    }
    const strict = (name: string, count: number) =>
      fn(name, { parameters: wide(count), strict: true })
    const most = kind === 'properties that may be missing' ? 24 : 16
    expect(strictOnes([strict('a', most + 1)])).toEqual([])
    expect(strictOnes([strict('a', most - 1), strict('b', 2), strict('c', 1)])).toEqual(['a', 'c'])
    const answer = {
      type: 'json_schema' as const,
      json_schema: { name: 'x', schema: wide(1) },
    }
    expect(strictOnes([strict('a', most)], { response_format: answer })).toEqual([])
  })

  it('count once where two have one name, the first with its properties', () => {
    const given = (property: string) =>
      fn('a b', { parameters: { type: 'object', properties: { [property]: {} } } })
    const { body } = encode({
      tools: [given('x_y'), given('x y')],
      messages: [
        user('Go'),
        assistant({ tool_calls: [call('a', 'a b', '{"x y":1}')] }),
        tool('a', 'ok'),
      ],
    })
    expect(body.tools).toMatchObject([{ name: 'a_b', input_schema: { properties: { x_y: {} } } }])
    expect(body.messages[1]!.content).toMatchObject([{ input: { 'x y': 1 } }])
  })

  it('get names that the vendor takes, each its own', () => {
    const long = 'x'.repeat(200)
    const { body } = encode({
      tools: [fn('geo.weather'), fn('geo/weather'), fn(long)],
      messages: [
        user('Go'),
        assistant({ tool_calls: [call('a', 'geo/weather')] }),
        tool('a', 'ok'),
      ],
    })
    expect(body.tools!.map((one) => one.name)).toEqual([
      'geo_weather',
      'geo_weather_2',
      'x'.repeat(120),
    ])
    expect(body.messages[1]!.content).toEqual([use('a', 'geo_weather_2')])
  })

  it.each<[string, Partial<ChatCompletionCreateParams>, unknown]>([
    ['auto', { tool_choice: 'auto' }, { type: 'auto' }],
    ['none', { tool_choice: 'none' }, { type: 'none' }],
    ['required', { tool_choice: 'required' }, { type: 'any' }],
    [
      'a name',
      { tool_choice: { type: 'function', function: { name: 'a.b' } } },
      { type: 'tool', name: 'a_b' },
    ],
    [
      'one call at a time',
      { parallel_tool_calls: false },
      { type: 'auto', disable_parallel_tool_use: true },
    ],
    [
      'one call, but one',
      { tool_choice: 'required', parallel_tool_calls: false },
      { type: 'any', disable_parallel_tool_use: true },
    ],
    ['no call at a time', { tool_choice: 'none', parallel_tool_calls: false }, { type: 'none' }],
    ['several calls at a time', { parallel_tool_calls: true }, undefined],
    [
      'some of the tools',
      {
        tool_choice: {
          type: 'allowed_tools',
          allowed_tools: { mode: 'required', tools: [fn('a.b')] },
        },
      },
      { type: 'any' },
    ],
    ["the vendor's own word", { tool_choice: { type: 'any' } }, { type: 'any' }],
  ])('are chosen by %s', (_name, params, choice) => {
    expect(encode({ ...params, tools: [fn('a.b')] }).body.tool_choice).toEqual(choice)
  })

  it('leave out the ones that are not allowed', () => {
    const choice = {
      type: 'allowed_tools',
      allowed_tools: { mode: 'auto', tools: [{ type: 'function', name: 'b' }] },
    }
    expect(encode({ tools: [fn('a'), fn('b')], tool_choice: choice }).body.tools).toEqual([
      wireTool('b'),
    ])
  })

  it('say nothing of choices where there are none', () => {
    const { body } = encode({ tools: [], tool_choice: 'required', parallel_tool_calls: false })
    expect(body).not.toHaveProperty('tools')
    expect(body).not.toHaveProperty('tool_choice')
  })

  it('refuse a choice of a tool that is not there, and tools that are no functions', () => {
    const choice = { type: 'function' as const, function: { name: 'ghost' } }
    expect(() => encode({ tools: [fn('a')], tool_choice: choice })).toThrow(
      expect.objectContaining({ status: 400, param: 'tool_choice' }) as ApiError,
    )
    const custom = { type: 'custom', custom: { name: 'grammar' } } as never
    expect(() => encode({ tools: [fn('a'), custom] })).toThrow(
      expect.objectContaining({ status: 400, param: 'tools[1]' }) as ApiError,
    )
  })

  it("may be the vendor's own, also by the client's word for search", () => {
    const own = { type: 'code_execution_20250825', name: 'code_execution' } as never
    const location = { type: 'approximate', approximate: { city: 'Bern', country: 'CH' } }
    const { body } = encode({ tools: [own], web_search_options: { user_location: location } })
    expect(body.tools).toEqual([
      own,
      {
        type: 'web_search_20250305',
        name: 'web_search',
        user_location: { type: 'approximate', city: 'Bern', country: 'CH' },
      },
    ])
  })

  it('are not forced on models that refuse it', () => {
    const { body, drops } = encode({
      model: 'claude-opus-5-5',
      tools: [fn('a')],
      tool_choice: 'required',
    })
    expect(body.tool_choice).toEqual({ type: 'auto' })
    expect(drops).toEqual(['tool_choice'])
  })
})

describe('the form of an answer', () => {
  const schema = {
    type: 'object',
    properties: { age: { type: 'integer' } },
    required: ['age'],
    additionalProperties: false,
  }
  const format = (own: object): Partial<ChatCompletionCreateParams> => ({
    response_format: { type: 'json_schema', json_schema: { name: 'person', ...own } },
  })

  it("is the model's own business where it can be", () => {
    const {
      body,
      drops,
      relaxedSchemas: weakened,
    } = encode(
      format({ schema: { ...schema, properties: { age: { type: 'integer', minimum: 0 } } } }),
    )
    expect(body.output_config).toEqual({
      format: {
        type: 'json_schema',
        schema: {
          ...schema,
          properties: { age: { type: 'integer', description: '{minimum: 0}' } },
        },
      },
    })
    expect(body).not.toHaveProperty('tools')
    expect(weakened).toEqual(['response_format: minimum'])
    expect(drops).toEqual([])
  })

  it.each<[string, object]>([
    [
      'does not know schemas',
      { model: 'claude-3-7-sonnet-20250219', ...format({ schema, description: 'A person.' }) },
    ],
    [
      'cannot be held to this one',
      format({
        schema: { ...schema, additionalProperties: { type: 'string' } },
        description: 'A person.',
      }),
    ],
  ])('is a tool that must be called where the model %s', (_name, params) => {
    const { body } = encode(params)
    expect(body.tools).toMatchObject([
      {
        name: 'json_response',
        description: 'A person.',
        input_schema: { type: 'object', properties: { age: {} } },
      },
    ])
    expect(body.tool_choice).toEqual({
      type: 'tool',
      name: 'json_response',
      disable_parallel_tool_use: true,
    })
  })

  it.each<[string, ChatCompletionCreateParams['tool_choice'], unknown, readonly string[]]>([
    ['leaves other calls possible', undefined, { type: 'any' }, ['a', 'json_response']],
    [
      'is given where no other call may be made',
      'none',
      { type: 'tool', name: 'json_response', disable_parallel_tool_use: true },
      ['a', 'json_response'],
    ],
    ['is not asked for where another call must be made', 'required', { type: 'any' }, ['a']],
  ])('%s, as a tool beside tools', (_name, choice, expected, names) => {
    const params = { model: 'claude-3-7-sonnet-20250219', tools: [fn('a')], ...format({ schema }) }
    const { body } = encode(choice === undefined ? params : { ...params, tool_choice: choice })
    expect(body.tool_choice).toEqual(expected)
    expect(body.tools!.map((one) => one.name)).toEqual(names)
  })

  it('is asked for in words where a tool of the client has the name of the tool that stands in', () => {
    const { body } = encode({
      ...format({ schema }),
      model: 'claude-3-7-sonnet-20250219',
      tools: [fn('json response')],
    })
    expect(body.tools!.map((one) => one.name)).toEqual(['json_response'])
    expect(body).not.toHaveProperty('tool_choice')
    expect(body.system).toEqual([{ type: 'text', text: expect.stringContaining('JSON') as string }])
  })

  it.each<[string, object]>([
    ['objects to choose from', { ...schema, properties: { age: { enum: [{ a: 1 }] } } }],
    [
      'parts to put together',
      { ...schema, properties: { age: { allOf: [{ type: 'integer' }, { type: 'number' }] } } },
    ],
    [
      'more optional properties than the vendor takes',
      {
        type: 'object',
        properties: Object.fromEntries(
          Array.from({ length: 25 }, (_, index) => [`p${index}`, { type: 'string' }]),
        ),
      },
    ],
  ])('is a tool where the schema has %s', (_name, given) => {
    const { body } = encode(format({ schema: given }))
    expect(body).not.toHaveProperty('output_config')
    expect(body.tools!.map((one) => one.name)).toEqual(['json_response'])
  })

  it.each<[string, Partial<ChatCompletionCreateParams>]>([
    ['JSON of any shape', { response_format: { type: 'json_object' } }],
    ['a schema that is not there', format({})],
    [
      'a recursive schema on a model that takes no forced call',
      {
        model: 'claude-opus-5-5',
        ...format({
          schema: {
            $ref: '#/$defs/Node',
            $defs: { Node: { type: 'object', properties: { next: { $ref: '#/$defs/Node' } } } },
          },
        }),
      },
    ],
  ])('is only asked for in words, of %s', (_name, params) => {
    const { body, drops, relaxedSchemas: weakened } = encode(params)
    expect(drops).toEqual([])
    expect(weakened!.at(-1)).toMatch(/^response_format: json_(object|schema)$/)
    expect(body.system).toEqual([{ type: 'text', text: expect.stringContaining('JSON') as string }])
    expect(body).not.toHaveProperty('output_config')
    expect(body).not.toHaveProperty('tools')
  })
})

describe('the other params of a request', () => {
  it.each<[string, Partial<ChatCompletionCreateParams>, object]>([
    ['a limit', { max_tokens: 100 }, { max_tokens: 100 }],
    [
      'the newer limit before the older',
      { max_tokens: 100, max_completion_tokens: 200 },
      { max_tokens: 200 },
    ],
    ["a model's own limit", { model: 'claude-3-haiku-20240307' }, { max_tokens: 4096 }],
    ['a stream', { stream: true, stream_options: { include_usage: true } }, { stream: true }],
    ['one stop sequence', { stop: '###' }, { stop_sequences: ['###'] }],
    ['stop sequences without blank ones', { stop: ['\n', 'END', ''] }, { stop_sequences: ['END'] }],
    ['no stop sequence', { stop: ['\n\n'] }, {}],
    ['a temperature up to 1', { temperature: 1.7 }, { temperature: 1 }],
    ['a temperature', { temperature: 0 }, { temperature: 0 }],
    ['top_p and top_k', { top_p: 0.9, top_k: 40 }, { top_p: 0.9, top_k: 40 }],
    ['a user', { user: 'u1' }, { metadata: { user_id: 'u1' } }],
    [
      "a user in the vendor's way",
      { user: 'u1', metadata: { user_id: 'u2' } },
      { metadata: { user_id: 'u2' } },
    ],
    ['a tier', { service_tier: 'default' }, { service_tier: 'standard_only' }],
    [
      'nulls',
      { temperature: null, stop: null, tools: null, user: null, top_p: null, container: null },
      {},
    ],
    [
      "fields of the vendor's own",
      {
        mcp_servers: [{ type: 'url', url: 'https://mcp.example' }],
        context_management: { edits: [] },
        output_config: { effort: 'low' },
      },
      {
        mcp_servers: [{ type: 'url', url: 'https://mcp.example' }],
        context_management: { edits: [] },
        output_config: { effort: 'low' },
      },
    ],
    [
      "instructions in the vendor's own field",
      { system: 'Be brief.' },
      { system: [text('Be brief.')] },
    ],
  ])('carry %s', (_name, params, expected) => {
    const { body } = encode(params)
    expect(body).toEqual({
      model: params.model ?? MODEL,
      max_tokens: 32_000,
      messages: [says('user', text('Hello'))],
      ...expected,
    })
  })

  it.each<[string, Partial<ChatCompletionCreateParams>, object, readonly string[]]>([
    [
      'top_p beside a temperature',
      { temperature: 0.5, top_p: 0.9 },
      { temperature: 0.5 },
      ['top_p'],
    ],
    [
      'sampling on models that do their own',
      { model: 'claude-opus-4-7', temperature: 0.5, top_p: 0.9, top_k: 3 },
      {},
      ['temperature', 'top_p', 'top_k'],
    ],
    ['labels', { metadata: { project: 'p' } }, {}, ['metadata']],
    ['an unknown tier', { service_tier: 'flex' }, {}, ['service_tier']],
  ])('leave out %s, and say so', (_name, params, expected, dropped) => {
    const { body, drops } = encode(params)
    expect(body).toMatchObject(expected)
    for (const name of dropped) expect(body).not.toHaveProperty(name)
    expect(drops).toEqual(dropped)
  })

  it('keep both temperature and top_p on models that take both', () => {
    expect(
      encode({ model: 'claude-sonnet-4-20250514', temperature: 0.5, top_p: 0.9 }).body,
    ).toMatchObject({
      temperature: 0.5,
      top_p: 0.9,
    })
  })

  it('ask for unreleased features in a header', () => {
    expect(encode({ betas: ['context-1m-2025-08-07', 'bad\r\nname', 7] }).headers).toEqual({
      'anthropic-beta': 'context-1m-2025-08-07',
    })
    expect(encode({}).headers).toBeUndefined()
  })
})
