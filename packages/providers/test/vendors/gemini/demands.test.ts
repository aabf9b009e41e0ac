import { describe, expect, it } from 'vitest'
import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import { ExactObjects } from '../../../src/vendors/gemini/encode/exact-objects.ts'
import { lowerSchema } from '../../../src/vendors/gemini/schema/lower-schema.ts'
import { completionOf, contentsOf, encode, response } from './support.ts'

const PNG = Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1').toString('base64')
const data = (text: string) => Buffer.from(text, 'latin1').toString('base64')
const image = (url: string) => ({ type: 'image_url' as const, image_url: { url } })
const file = (own: object) => ({ type: 'file' as const, file: own })
const partOf = (part: object) =>
  contentsOf([{ role: 'user', content: [part as never] }])[0]!.parts[0]

describe('inline data', () => {
  it.each<[string, object, string]>([
    ['a JPEG by another name', image('data:image/jpg;base64,/9j/4AAQ'), 'image/jpeg'],
    ['a PNG that is called a JPEG', image(`data:image/jpeg;base64,${PNG}`), 'image/png'],
    ['a picture without a type', image(`data:;base64,${PNG}`), 'image/png'],
    [
      'a picture in capitals with a parameter',
      image(`data:IMAGE/PNG;a=b;base64,${PNG}`),
      'image/png',
    ],
    ['a picture that is text', image(`data:image/svg+xml;base64,${data('<svg/>')}`), 'text/plain'],
    [
      'a PDF of octets',
      file({ file_data: `data:application/octet-stream;base64,${data('%PDF-1.4')}` }),
      'application/pdf',
    ],
    [
      'octets whose name tells',
      file({ filename: 'a.CSV', file_data: 'data:application/octet-stream;base64,YSxi' }),
      'text/csv',
    ],
    ['JSON', file({ filename: 'a.json', file_data: 'e30=' }), 'text/plain'],
    [
      'sound of another format',
      { type: 'input_audio', input_audio: { format: 'wav', data: data('ID3\x04') } },
      'audio/mp3',
    ],
    [
      'raw sound',
      { type: 'input_audio', input_audio: { format: 'pcm16', data: 'AAAA' } },
      'audio/L16;rate=24000',
    ],
    ["a part of Gemini's own", { inline_data: { mime_type: 'image/jpg', data: PNG } }, 'image/png'],
  ])('goes by its bytes: %s', (_name, part, mimeType) => {
    expect(partOf(part)).toMatchObject({ inlineData: { mimeType } })
  })

  it.each<[string, object]>([
    ['archives', image(`data:application/zip;base64,${data('PK\x03\x04')}`)],
    ['octets of no known kind', file({ file_data: 'data:application/octet-stream;base64,AAAA' })],
    ['kinds that are none', image('data:constructor;base64,AAAA')],
    ['data that cannot be read', image('data:image/png;base64')],
  ])('is refused with its place: %s', (_name, part) => {
    expect(() => partOf(part)).toThrow(
      expect.objectContaining({ status: 400, param: 'messages[0].content[0]' }) as Error,
    )
  })

  it('leaves addresses alone', () => {
    expect(partOf(image('https://images.example/a.jpg?x=1'))).toEqual({
      fileData: { mimeType: 'image/jpeg', fileUri: 'https://images.example/a.jpg?x=1' },
    })
    expect(partOf(image('https://images.example/a.constructor'))).toEqual({
      fileData: { fileUri: 'https://images.example/a.constructor' },
    })
  })
})

describe('schemas', () => {
  it.each<[string, object, object]>([
    [
      'empty texts to choose from',
      { type: 'string', enum: ['', 'a'] },
      { type: 'string', enum: ['a'] },
    ],
    ['nothing but an empty text', { enum: [''] }, { type: 'string' }],
    ['an empty constant', { const: '' }, { type: 'string' }],
    ['no choices', { type: 'string', enum: [] }, { type: 'string' }],
    [
      'choices of several kinds',
      { enum: ['a', 1, null, ''] },
      {
        anyOf: [{ type: 'string', enum: ['a'] }, { type: 'integer', enum: [1] }, { type: 'null' }],
      },
    ],
    ['types in other words', { type: 'ANY', description: 'x' }, { description: 'x' }],
    ['types of another language', { type: ['str', 'none'] }, { type: ['string', 'null'] }],
    ['formats of another type', { type: 'string', format: 'int64' }, { type: 'string' }],
    [
      'orders of properties that are not there',
      { type: 'object', properties: { a: {} }, propertyOrdering: ['b', 'a', 1] },
      { type: 'object', properties: { a: {} }, propertyOrdering: ['a'] },
    ],
  ])('go without %s', (_name, schema, expected) => {
    expect(lowerSchema(schema).schema).toEqual(expected)
  })

  it('say where choices were lost', () => {
    const parameters = { type: 'object', properties: { kind: { type: 'string', enum: ['', 'a'] } } }
    const tools = [{ type: 'function' as const, function: { name: 'f', parameters } }]
    expect(encode({ tools }).relaxedSchemas).toEqual(['f: enum'])
  })
})

describe('tools', () => {
  const fn = (name: string) => ({ type: 'function' as const, function: { name } })

  it.each(['a b/c', '9lives', 'ünï', 'x'.repeat(65), '工具', 'mcp__a__'.repeat(20)])(
    'called %s have another name there, and their own in the answer',
    (name) => {
      const params: Partial<ChatCompletionCreateParams> = {
        tools: [fn('plain'), fn(name)],
        tool_choice: { type: 'function', function: { name } },
        messages: [
          { role: 'user', content: 'Go' },
          {
            role: 'assistant',
            content: null,
            tool_calls: [{ id: 'c', type: 'function', function: { name, arguments: '{}' } }],
          },
          { role: 'tool', tool_call_id: 'c', content: 'ok' },
        ],
      }
      const { body } = encode(params)
      const [first, second] = body.tools![0]!['functionDeclarations'] as { name: string }[]
      const wire = second!.name
      expect(first!.name).toBe('plain')
      expect(wire).toMatch(/^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/)
      expect(body.toolConfig).toMatchObject({
        functionCallingConfig: { allowedFunctionNames: [wire] },
      })
      expect(body.contents[1]!.parts[0]).toMatchObject({ functionCall: { name: wire } })
      expect(body.contents[2]!.parts[0]).toMatchObject({ functionResponse: { name: wire } })
      const answer = completionOf(
        response([{ functionCall: { name: wire, args: {} } }], { finishReason: 'STOP' }),
        params,
      )
      expect(answer.choices[0]!.message.tool_calls![0]!.function!.name).toBe(name)
    },
  )

  it('of one name are declared once, and it is said', () => {
    const { body, drops } = encode({ tools: [fn('a'), fn('a'), fn('b')] })
    expect(body.tools![0]!['functionDeclarations']).toEqual([{ name: 'a' }, { name: 'b' }])
    expect(drops).toEqual(['tools'])
  })

  it('cannot be forced where there are none, and it is said', () => {
    const { body, drops } = encode({ tools: [], tool_choice: 'required' })
    expect(body).not.toHaveProperty('toolConfig')
    expect(drops).toEqual(['tool_choice'])
  })

  it('give their results in order where calls have one id', () => {
    const call = (name: string) => ({
      id: 'c',
      type: 'function' as const,
      function: { name, arguments: '{}' },
    })
    const contents = contentsOf([
      { role: 'user', content: 'Go' },
      { role: 'assistant', content: null, tool_calls: [call('a'), call('b')] },
      { role: 'tool', tool_call_id: 'c', content: 'first' },
      { role: 'tool', tool_call_id: 'c', content: 'second' },
    ])
    expect(contents[2]!.parts).toEqual([
      { functionResponse: { id: 'c', name: 'a', response: { result: 'first' } } },
      { functionResponse: { id: 'c', name: 'b', response: { result: 'second' } } },
    ])
  })

  it('were called with arguments that a client sends as an object', () => {
    const input = JSON.parse('{"__proto__":{"a":1}}') as never
    const [, turn] = contentsOf([
      { role: 'user', content: 'Go' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c', type: 'function', function: { name: 'a', arguments: input } }],
      },
    ])
    expect(JSON.stringify(turn!.parts[0]!.functionCall!.args)).toBe('{"__proto__":{"a":1}}')
  })
})

describe('thinking by budget', () => {
  it.each<[number, object]>([
    [-1, { thinkingBudget: -1, includeThoughts: true }],
    [0, { thinkingBudget: 128, includeThoughts: false }],
    [1, { thinkingBudget: 128, includeThoughts: true }],
    [1e9, { thinkingBudget: 32_768, includeThoughts: true }],
  ])('of %i is one that the model takes', (tokens, thinkingConfig) => {
    const thinking = { type: 'enabled', budget_tokens: tokens }
    expect(encode({ model: 'gemini-2.5-pro', thinking }).body.generationConfig).toEqual({
      thinkingConfig,
    })
  })

  it.each(['constructor', '__proto__'])('is no word of the client: %s', (word) => {
    const { body } = encode({ model: 'gemini-2.5-pro', reasoning_effort: word })
    expect(body.generationConfig).toEqual({
      thinkingConfig: { thinkingBudget: 32_768, includeThoughts: true },
    })
  })
})

describe('ExactObjects', () => {
  it.each<[string, unknown]>([
    [' { "a" : [1, "b c"] } ', { a: [1, 'b c'] }],
    ['{"a":1.0}', undefined],
    ['{"a":12345678901234567890}', undefined],
    ['{"a":1,"a":2}', undefined],
    ['{"a":1} x', undefined],
    ['[1]', undefined],
    ['{"a":', undefined],
  ])('reads %s where nothing is lost', (text, expected) => {
    expect(new ExactObjects().read(text)).toEqual(expected)
  })

  it('reads no more than 128 Ki characters in all', () => {
    const objects = new ExactObjects()
    const text = JSON.stringify({ a: 'x'.repeat(50_000) })
    expect([1, 2, 3].map(() => objects.read(text) !== undefined)).toEqual([true, true, false])
    expect(objects.read('{"a":1}')).toEqual({ a: 1 })
  })
})
