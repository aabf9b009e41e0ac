import { describe, expect, it } from 'vitest'
import type { ChatCompletionCreateParams, ChatCompletionMessageParam } from '@sluice/core/wire'
import { completionOf, encode } from './support.ts'

const PNG = Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1').toString('base64')
const data = (text: string) => Buffer.from(text, 'latin1').toString('base64')
const fn = (name: string) => ({ type: 'function' as const, function: { name } })
const image = (url: string) => ({ type: 'image_url', image_url: { url } })
const file = (own: object) => ({ type: 'file', file: own })
const content = (part: object, changes: Partial<ChatCompletionCreateParams> = {}) =>
  encode({ ...changes, messages: [{ role: 'user', content: [part as never] }] }).body.messages[0]!
    .content[0]
const called = (content: unknown, more: object = {}): ChatCompletionMessageParam[] => [
  { role: 'user', content: 'Go' },
  {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
  },
  { role: 'tool', tool_call_id: 'c', content: content as string, ...more },
]

describe('media', () => {
  it.each<[string, object, object]>([
    [
      'a PNG that is called a JPEG',
      image(`data:image/jpeg;base64,${PNG}`),
      { media_type: 'image/png' },
    ],
    ['a picture without a type', image(`data:;base64,${PNG}`), { media_type: 'image/png' }],
    [
      'a picture of octets',
      image(`data:application/octet-stream;base64,${PNG}`),
      { media_type: 'image/png' },
    ],
    [
      'data in lines',
      image(`data:image/png;base64,${PNG.slice(0, 8)}\r\n${PNG.slice(8)}`),
      { data: PNG },
    ],
    [
      "a block of the vendor's own",
      { type: 'image', source: { type: 'base64', media_type: 'image/jpg', data: PNG } },
      { media_type: 'image/png' },
    ],
    ['bare data of a picture', file({ file_data: PNG }), { media_type: 'image/png' }],
    [
      'bare data of a named text',
      file({ filename: 'a.csv', file_data: data('a,b') }),
      { media_type: 'text/plain', data: 'a,b' },
    ],
    [
      'JSON',
      file({ file_data: `data:application/json;base64,${data('{}')}` }),
      { media_type: 'text/plain', data: '{}' },
    ],
  ])('goes by its bytes: %s', (_name, part, source) => {
    expect(content(part)).toMatchObject({ source })
  })

  it.each<[string, object]>([
    ['HEIC', image(`data:image/jpeg;base64,${data('\0\0\0\x18ftypheic')}`)],
    ['an archive', image(`data:application/zip;base64,${data('PK')}`)],
    ['data that cannot be read', image('data:image/png;base64')],
    [
      "a block of the vendor's own",
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: data('II*\0') } },
    ],
  ])('is refused with its place: %s', (_name, part) => {
    expect(() => content(part)).toThrow(
      expect.objectContaining({ status: 400, param: 'messages[0].content[0]' }) as Error,
    )
  })

  it('stands in results, but in none that is an error', () => {
    const parts = [{ type: 'text', text: 'See' }, image(`data:image/jpeg;base64,${PNG}`)]
    const [result] = encode({ messages: called(parts, { is_error: true }) }).body.messages[2]!
      .content
    expect(result).toMatchObject({
      content: [{ type: 'text' }, { source: { media_type: 'image/png' } }],
    })
    expect(result).not.toHaveProperty('is_error')
    const text = encode({ messages: called('No.', { is_error: true }) }).body.messages[2]!.content
    expect(text).toMatchObject([{ is_error: true }])
  })
})

describe('names of tools', () => {
  it('stay where they are fine, whatever the others are', () => {
    const { tools } = encode({ tools: [fn('a.b'), fn('a_b'), fn('x'.repeat(128))] }).body
    expect(tools!.map((tool) => tool.name)).toEqual(['a_b_2', 'a_b', 'x'.repeat(128)])
  })

  it.each([
    'a b/c',
    'ünï',
    'x'.repeat(129),
    '工具',
    ''.padStart(300, 'é'),
    'constructor',
    '__proto__',
  ])('that are %s come back', (name) => {
    const params = { tools: [fn('plain'), fn(name)], tool_choice: fn(name) }
    const { tools, tool_choice: choice } = encode(params).body
    const wire = tools![1]!.name
    expect(wire).toMatch(/^[a-zA-Z0-9_-]{1,128}$/)
    expect(choice).toEqual({ type: 'tool', name: wire })
    const block = { type: 'tool_use', id: 't', name: wire, input: {} }
    const answer = completionOf(
      { content: [block], stop_reason: 'tool_use', usage: { input_tokens: 1, output_tokens: 1 } },
      params,
    )
    expect(answer.choices[0]!.message.tool_calls![0]!.function!.name).toBe(name)
  })

  it('stand once, and it is said', () => {
    const { body, drops } = encode({ tools: [fn('a'), fn('a'), fn('b')] })
    expect(body.tools!.map((tool) => tool.name)).toEqual(['a', 'b'])
    expect(drops).toEqual(['tools'])
  })

  it('cannot be chosen where there are none, and it is said', () => {
    expect(encode({ tools: [], tool_choice: 'required' }).drops).toEqual(['tool_choice'])
    expect(encode({ tools: [], tool_choice: 'auto' }).drops).toEqual([])
  })
})

describe('a conversation', () => {
  it("begins with the user's words", () => {
    const { messages } = encode({
      messages: [
        { role: 'assistant', content: 'Hi!' },
        { role: 'user', content: 'Hello' },
      ],
    }).body
    expect(messages.map((turn) => turn.role)).toEqual(['user', 'assistant', 'user'])
    expect(messages[0]!.content).toEqual([{ type: 'text', text: 'Begin.' }])
  })

  it('says which stops were left out', () => {
    const { body, drops } = encode({ stop: ['\n', 'END'] })
    expect(body.stop_sequences).toEqual(['END'])
    expect(drops).toEqual(['stop'])
  })

  it('keeps arguments whose names mean something to the language', () => {
    const messages = called('x')
    const text = '{"__proto__":{"constructor":1}}'
    messages[1]!.tool_calls![0]!.function!.arguments = text
    const [call] = encode({ messages }).body.messages[1]!.content
    expect(JSON.stringify((call as { input: unknown }).input)).toBe(text)
  })

  it.each(['someone@example.com', '+1 415 555 0100', 'x'.repeat(300)])(
    'tells nobody who %s is',
    (user) => {
      for (const changes of [
        { user },
        { safety_identifier: user },
        { metadata: { user_id: user } },
      ]) {
        expect(encode(changes as never).body.metadata!.user_id).toMatch(/^[0-9a-f]{64}$/)
      }
    },
  )
})

describe('JSON of any shape', () => {
  it('is asked for behind all other instructions', () => {
    const {
      body,
      relaxedSchemas: weakened,
      drops,
    } = encode({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Three colors.' },
      ],
      response_format: { type: 'json_object' },
    })
    expect(body.system!.map((block) => block.text)).toEqual([
      'Be brief.',
      expect.stringMatching(/nothing but one JSON object/),
    ])
    expect([drops, weakened]).toEqual([[], ['response_format: json_object']])
  })

  it('is no other form that the client may mean', () => {
    const { body, drops } = encode({ response_format: { type: 'grammar' } as never })
    expect(body).not.toHaveProperty('system')
    expect(drops).toEqual(['response_format'])
  })

  it('tells a schema in words where nothing can hold the model to it', () => {
    const schema = {
      $ref: '#/$defs/N',
      $defs: { N: { properties: { next: { $ref: '#/$defs/N' } } } },
    }
    const json_schema = { name: 'n', schema }
    const { system } = encode({
      model: 'claude-opus-5-5',
      response_format: { type: 'json_schema', json_schema },
    }).body
    expect(system![0]!.text).toContain(JSON.stringify(schema))
  })
})
