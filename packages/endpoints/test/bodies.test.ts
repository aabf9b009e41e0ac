import { monitorEventLoopDelay } from 'node:perf_hooks'
import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { bodyBytesOf } from '@sluice/core/internal'
import { describe, expect, it } from 'vitest'
import { post, recorded, relayed, type Answer } from './recorded.ts'

const CHAT = '/chat/completions'
const messages = [{ role: 'user', content: 'hi' }]
const chat = (fields: object = {}) => JSON.stringify({ model: 'gpt', messages, ...fields })
const saying = (content: unknown) => chat({ messages: [{ role: 'user', content }] })
const times = (count: number, text: string) => Array.from({ length: count }, () => text).join(',')
const members = (count: number, value = '1') =>
  `{${Array.from({ length: count }, (_, at) => `"k${at}":${value}`).join(',')}}`
const nested = (depth: number) => `${'{"$defs":{"x":'.repeat(depth)}{}${'}}'.repeat(depth)}`

/** The most that an input may block the event loop, in milliseconds. */
const MAX_BLOCK_MS = 50
/** What a test may see of that: the machine of a test run does other things as well. */
const SEEN_BLOCK_MS = 2 * MAX_BLOCK_MS
const RESOLUTION_MS = 2

/**
 * Sends a body and tells how long the event loop stood still meanwhile. Other work of the machine
 * only ever adds, so the best of some turns counts.
 */
async function measured(
  url: string,
  path: string,
  body: string,
): Promise<Answer & { readonly blockMs: number }> {
  const bytes = Buffer.from(body)
  let best = Infinity
  let answer: Answer | undefined
  for (let turn = 0; turn < 8 && best > MAX_BLOCK_MS; turn++) {
    const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
    delay.enable()
    answer = await post(url, path, bytes)
    delay.disable()
    best = Math.min(best, delay.max / 1e6 - RESOLUTION_MS)
  }
  return { ...answer!, blockMs: best }
}

describe('a body that is no JSON object', () => {
  const utf16 = Buffer.from(chat(), 'utf16le')
  it.each<[string, string | Uint8Array, RegExp]>([
    ['nothing', '', /is empty; expected a JSON object/],
    ['null', 'null', /must be a JSON object, but is null/],
    ['a number', '1', /must be a JSON object, but is a number/],
    ['a string', '"x"', /must be a JSON object, but is a string/],
    ['an array', '[]', /must be a JSON object, but is an array/],
    ['an end too early', '{"model":', /not valid JSON; expected a JSON object/],
    ['NaN', '{"model":NaN}', /not valid JSON/],
    ['text behind it', `${chat()} trailing`, /not valid JSON/],
    ['a comment', '{/* hi */"model":"gpt"}', /not valid JSON/],
    ['single quotes', "{'model':'gpt'}", /not valid JSON/],
    ['control characters', '{"model":"a\u0001\u001b[31mb"}', /not valid JSON/],
    ['UTF-16', utf16, /not valid JSON/],
    ['a UTF-16 mark', Buffer.concat([Buffer.from([0xff, 0xfe]), utf16]), /not valid UTF-8/],
    [
      'half a character',
      Buffer.from([...Buffer.from('{"model":"'), 0xe5, 0xa5, ...Buffer.from('"}')]),
      /not valid UTF-8/,
    ],
    [
      'a surrogate in UTF-8',
      Buffer.from([...Buffer.from('{"model":"'), 0xed, 0xa0, 0x80, ...Buffer.from('"}')]),
      /not valid UTF-8/,
    ],
  ])('of %s is refused, and said why', async (_name, body, says) => {
    await using server = await recorded()
    const { status, error } = await post(server.url, CHAT, body)
    expect([status, error?.type, error?.param]).toEqual([400, 'invalid_request_error', null])
    expect(error!.message).toMatch(says)
    expect(error!.message).not.toMatch(/\p{Cc}/u)
    expect(server.calls).toEqual([])
  })

  it('is quoted by 40 characters at most', async () => {
    await using server = await recorded()
    const { error } = await post(server.url, CHAT, `{"model": ${'secret'.repeat(1000)}`)
    expect(error!.message.split('secret').length - 1).toBeLessThanOrEqual(40 / 'secret'.length)
  })

  it('is accepted behind a byte-order mark, which does not travel on', async () => {
    await using server = await recorded()
    expect((await post(server.url, CHAT, `\ufeff${chat()}`)).status).toBe(200)
    expect(Buffer.from(bodyBytesOf(server.calls[0]!)!).toString()).toBe(chat())
  })
})

const CHECKSUM = { params: { [constants.ZSTD_c_checksumFlag]: 1 } }

function withByteChanged(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes)
  const place = (at + changed.length) % changed.length
  changed[place] = changed[place]! ^ 0xff
  return changed
}

function withLastByteChanged(bytes: Buffer): Buffer {
  return withByteChanged(bytes, -1)
}

/** A frame that asks for a window of a gibibyte (RFC 8878, 3.1.1.1) and holds one raw block. */
function hugeWindow(): Buffer {
  const said = Buffer.from(chat())
  const block = Buffer.alloc(3)
  block.writeUIntLE((said.length << 3) | 1, 0, 3)
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 20 << 3]), block, said])
}

describe('encodings of a body', () => {
  it.each<[string, Uint8Array, string, number]>([
    ['gzip within gzip', gzipSync(gzipSync(chat())), 'gzip, gzip', 200],
    ['zstd within gzip, told in this order', gzipSync(zstdCompressSync(chat())), 'zstd, gzip', 200],
    ['layers in the wrong order', gzipSync(zstdCompressSync(chat())), 'gzip, zstd', 400],
    ['five layers', Buffer.from(chat()), 'gzip, gzip, gzip, gzip, gzip', 415],
    ['a known one beside an unknown one', gzipSync(chat()), 'gzip, aes128gcm', 415],
    ['zstd', zstdCompressSync(chat()), 'zstd', 200],
    ['zstd in capitals, among blanks', zstdCompressSync(chat()), '  ZSTD , identity', 200],
    ['half of zstd', zstdCompressSync(chat()).subarray(0, 30), 'zstd', 400],
    ['what is not zstd', Buffer.from(chat()), 'zstd', 400],
    [
      'zstd with another checksum',
      withLastByteChanged(zstdCompressSync(chat(), CHECKSUM)),
      'zstd',
      400,
    ],
    ['gzip with another checksum', withByteChanged(gzipSync(chat()), -8), 'gzip', 400],
    ['50 MB in a few KB of zstd', zstdCompressSync(Buffer.alloc(50_000_000, 0x20)), 'zstd', 413],
    ['50 MB in two layers', gzipSync(gzipSync(Buffer.alloc(50_000_000, 0x20))), 'gzip, gzip', 413],
    ['x-gzip', gzipSync(chat()), 'X-GZip', 200],
    ['deflate', deflateSync(chat()), 'deflate', 200],
    ['brotli', brotliCompressSync(chat()), 'br', 200],
    ['no encoding, named', Buffer.from(chat()), 'Identity', 200],
    ['nothing but commas', Buffer.from(chat()), ' , ', 200],
    ['a window beyond the body', hugeWindow(), 'zstd', 400],
    ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'].map(
      (word): [string, Uint8Array, string, number] => [word, Buffer.from(chat()), word, 415],
    ),
    ['an unknown one', Buffer.from(chat()), 'lzma', 415],
    ['what is not gzip', Buffer.from(chat()), 'gzip', 400],
    ['half of gzip', gzipSync(chat()).subarray(0, 30), 'gzip', 400],
    ['50 MB in 50 KB', gzipSync(Buffer.alloc(50_000_000, 0x20)), 'gzip', 413],
    ['gzip', gzipSync(chat()), 'gzip', 200],
  ])('answers %s', async (_name, body, encoding, expected) => {
    await using server = await recorded()
    expect((await post(server.url, CHAT, body, { 'content-encoding': encoding })).status).toBe(
      expected,
    )
  })
})

describe('structure without bounds', () => {
  const inField = (json: string) =>
    `{"model":"gpt","messages":[{"role":"user","content":"hi"}],"extra":${json}}`
  const schema = (json: string) =>
    `{"model":"gpt","messages":[{"role":"user","content":"hi"}],"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":${json}}}}`
  it.each<[string, string, string | null, string]>([
    [
      '100,000 arrays in each other',
      inField('['.repeat(1e5) + ']'.repeat(1e5)),
      'extra',
      'json_too_deep',
    ],
    [
      '100,000 objects in each other',
      inField('{"a":'.repeat(1e5) + '1' + '}'.repeat(1e5)),
      'extra',
      'json_too_deep',
    ],
    ['65 levels', inField('['.repeat(64) + ']'.repeat(64)), 'extra', 'json_too_deep'],
    ['1,000 $defs in each other', schema(nested(1000)), 'response_format', 'json_too_deep'],
    ['a name of a megabyte', inField(`{"${'k'.repeat(1e6)}":1}`), 'extra', 'invalid_request_error'],
    ['100,000 members', inField(members(1e5)), 'extra', 'invalid_request_error'],
    ['1,025 members', inField(members(1025)), 'extra', 'invalid_request_error'],
    ['1.5 million members', inField(members(1_500_000)), 'extra', 'invalid_request_error'],
    [
      'a schema of 100,000 properties',
      schema(`{"type":"object","properties":${members(1e5, '{}')}}`),
      'response_format.json_schema.schema.properties',
      'invalid_request_error',
    ],
    [
      'members spread over many objects',
      inField(`[${times(1000, members(100))}]`),
      'extra',
      'invalid_request_error',
    ],
    [
      '200,000 messages',
      `{"model":"gpt","messages":[${times(2e5, '{"role":"user","content":"x"}')}]}`,
      'messages',
      'invalid_request_error',
    ],
    [
      '200,000 messages that are none',
      `{"model":"gpt","messages":[${times(2e5, '{}')}]}`,
      'messages',
      'invalid_request_error',
    ],
    [
      '4,097 messages',
      `{"model":"gpt","messages":[${times(4097, '{"role":"user","content":"x"}')}]}`,
      'messages',
      'invalid_request_error',
    ],
    [
      '45,000 parts that are none',
      `{"model":"gpt","messages":[${times(44, `{"role":"user","content":[${times(1000, '{}')}]}`)}]}`,
      'messages[0].content[0].type',
      'invalid_request_error',
    ],
    ['9 million numbers', inField(`[${times(9e6, '1')}]`), 'extra', 'invalid_request_error'],
    [
      '100,000 biases',
      inField('0').replace('"extra":0', `"logit_bias":${members(1e5)}`),
      'logit_bias',
      'invalid_request_error',
    ],
  ])('of %s is refused at once', async (_name, body, param, code) => {
    await using server = await recorded()
    const { status, error, blockMs } = await measured(server.url, CHAT, body)
    expect([status, error?.type, error?.code, error?.param]).toEqual([
      400,
      'invalid_request_error',
      code,
      param,
    ])
    expect(error!.message.length).toBeLessThan(300)
    expect(blockMs).toBeLessThan(SEEN_BLOCK_MS)
    expect(server.calls).toEqual([])
  })

  it('is bounded the same in a body that the host has parsed', async () => {
    const { checkParsed } = await import('../src/body/parse-json.ts')
    for (const json of [
      '['.repeat(1e5) + ']'.repeat(1e5),
      members(1025),
      `{"${'k'.repeat(1025)}":1}`,
      `[${times(300_001, '1')}]`,
      `[${times(50_001, '""')}]`,
    ]) {
      expect(() => checkParsed({ extra: JSON.parse(json) as unknown }, Infinity)).toThrow(
        /^(?:The|An) .*at 'extra'\.$/,
      )
    }
  })

  it('leaves room for what real callers send', async () => {
    await using server = await recorded()
    const call = '{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}'
    const turns = times(
      2000,
      `{"role":"assistant","content":null,"tool_calls":[${call}]},{"role":"tool","tool_call_id":"c","content":"x"}`,
    )
    expect((await post(server.url, CHAT, `{"model":"gpt","messages":[${turns}]}`)).status).toBe(200)
    expect((await post(server.url, CHAT, schema(nested(28)))).status).toBe(200)
    expect((await post(server.url, CHAT, inField(members(1024)))).status).toBe(200)
    expect(
      (await post(server.url, '/embeddings', `{"model":"e","input":[${times(300_000, '1')}]}`))
        .status,
    ).toBe(200)
  })
})

describe('numbers', () => {
  const withField = (field: string) =>
    `{"model":"gpt","messages":[{"role":"user","content":"hi"}],${field}}`
  it.each([
    ['"seed":1e999', 'seed'],
    ['"seed":12345678901234567890', 'seed'],
    ['"seed":0.10000000000000001', 'seed'],
    ['"max_tokens":1e999', 'max_tokens'],
    ['"max_tokens":12345678901234567890', 'max_tokens'],
    ['"max_tokens":0.30000000000000004', 'max_tokens'],
    ['"max_tokens":-0', 'max_tokens'],
    ['"temperature":-1e999', 'temperature'],
    ['"n":1e6', 'n'],
    ['"logit_bias":{"50256":-101}', 'logit_bias.50256'],
  ])('refuses %s by name', async (field, param) => {
    await using server = await recorded()
    const { status, error } = await post(server.url, CHAT, withField(field))
    expect([status, error?.param]).toEqual([400, param])
  })

  it('leaves the others as they are written', async () => {
    await using up = await relayed()
    const body = withField(
      '"seed":-0,"temperature":0.30000000000000004,"x":12345678901234567890,"y":1e999,"top_p":1.0',
    )
    expect((await post(up.url, CHAT, body)).status).toBe(200)
    expect(up.bodies[0]!.toString()).toBe(body)
  })
})

describe('what is wrong', () => {
  const tool = (name: string) => ({ tools: [{ type: 'function', function: { name } }] })
  it.each<[string, string, string | null, RegExp]>([
    [
      'a wrong role',
      chat({ messages: [{ role: 'wizard', content: 'x' }] }),
      'messages[0].role',
      /one of 'system', .*, but got 'wizard'/,
    ],
    [
      'a part without text',
      saying([{ type: 'text' }]),
      'messages[0].content[0].text',
      /this parameter is required/,
    ],
    [
      'a missing field',
      JSON.stringify({ model: 'gpt' }),
      'messages',
      /^Invalid 'messages': this parameter is required\.$/,
    ],
    [
      'a wrong type',
      chat({ temperature: 'hot' }),
      'temperature',
      /expected a number, but got 'hot'/,
    ],
    [
      'neither of two types',
      saying(4),
      'messages[0].content',
      /expected a string or an array, but got 4/,
    ],
    [
      'a choice that is none',
      chat({ tool_choice: 'maybe' }),
      'tool_choice',
      /one of 'none', 'auto', 'required', but got 'maybe'/,
    ],
    ['a null', chat({ messages: null }), 'messages', /expected an array, but got null/],
    [
      'a flag in quotes',
      chat({ stream: 'true' }),
      'stream',
      /expected true or false, but got 'true'/,
    ],
    ['too much', chat({ temperature: 99 }), 'temperature', /expected at most 2, but got 99/],
    [
      'a stop of a megabyte',
      chat({ stop: 'x'.repeat(1e6) }),
      'stop',
      /expected at most 4096 characters, but got 1000000/,
    ],
    [
      'a stop of a megabyte among others',
      chat({ stop: ['a', 'x'.repeat(1e6)] }),
      'stop[1]',
      /at most 4096 characters/,
    ],
    [
      '10,000 stops',
      chat({ stop: Array.from({ length: 10_000 }, () => 'x') }),
      'stop',
      /expected at most 64 items, but got 10000/,
    ],
    [
      '129 tools',
      chat({ tools: Array.from({ length: 129 }, () => tool('f').tools[0]) }),
      'tools',
      /at most 128 items, but got 129/,
    ],
    ['a tool with spaces', chat(tool('a b')), 'tools[0].function.name', /letters, digits/],
    ['a tool with a newline', chat(tool('a\nb')), 'tools[0].function.name', /letters, digits/],
    ['a tool name of 65', chat(tool('x'.repeat(65))), 'tools[0].function.name', /letters, digits/],
    [
      'a schema’s name',
      chat({ response_format: { type: 'json_schema', json_schema: { name: 'a b' } } }),
      'response_format.json_schema.name',
      /letters, digits.*but got 'a b'/,
    ],
    [
      'a model with control characters',
      chat({ model: 'a\u0000\u001b[2J\u2028\u202eb' }),
      'model',
      /but got 'a\?\?\[2J\?\?b'/,
    ],
    [
      'a model of a megabyte',
      chat({ model: 'x'.repeat(1e6) }),
      'model',
      /expected at most 512 characters, but got 1000000/,
    ],
    ['a long value', chat({ stream: 'y'.repeat(100) }), 'stream', /'y{40}…'/],
    [
      'a name that is no name',
      chat({ logit_bias: { [`\u0007${'k'.repeat(1000)}`]: 'x' } }),
      `logit_bias.?${'k'.repeat(39)}…`,
      /expected a number/,
    ],
  ])('is said of %s', async (_name, body, param, says) => {
    await using server = await recorded()
    const { status, error } = await post(server.url, CHAT, body)
    expect([status, error?.type, error?.param]).toEqual([400, 'invalid_request_error', param])
    expect(error!.message).toMatch(says)
    expect(error!.message.length).toBeLessThan(400)
    expect(server.calls).toEqual([])
  })
})

describe('long text', () => {
  it.each([
    ['a million times a', saying('a'.repeat(1e6))],
    ['a million spaces', saying(' '.repeat(1e6))],
    ['a million characters of Chinese', saying('好'.repeat(1e6))],
    ['half a million joined emoji', saying('👩‍🚀'.repeat(5e5))],
    ['control tokens', saying('<|endoftext|><|im_start|>system')],
    [
      'a picture of 20 MB in the text',
      saying([
        { type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(20e6)}` } },
      ]),
    ],
    ['a million escaped quotes', saying('"'.repeat(1e6))],
  ])('of %s passes, quickly', async (_name, body) => {
    await using server = await recorded()
    const { status, blockMs } = await measured(server.url, CHAT, body)
    expect(status).toBe(200)
    expect(blockMs).toBeLessThan(SEEN_BLOCK_MS)
    expect(Buffer.from(bodyBytesOf(server.calls[0]!)!).equals(Buffer.from(body))).toBe(true)
  })
})

describe('what goes upstream', () => {
  const written = (content: string) =>
    `{"model":"gpt","messages":[{"role":"user","content":"${content}"}]}`
  it.each([
    ['lone surrogates', written('\\ud83d and \\udc00')],
    ['NUL', written('a\\u0000b')],
    ['line separators, raw and escaped', written('\u2028\u2029\\u2028')],
    ['right-to-left overrides', written('\u202e\\u202e')],
    ['emoji, raw and escaped', written('😀\\ud83d\\ude00')],
    ['escapes that need not be', written('\\u0041\\/')],
    ['white space', `\n{ "model" :\t"gpt",\r\n "messages":[ {"role":"user","content":"x"} ] }\n`],
    ['unknown fields', chat({ enable_thinking: true, foo: { bar: [1, null] } })],
    [
      'a schema that would take for ever',
      chat({
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'x', schema: { type: 'string', pattern: '^(a+)+$' } },
        },
      }),
    ],
    [
      'a schema that refers elsewhere',
      chat({
        tools: [
          {
            type: 'function',
            function: { name: 'f', parameters: { $ref: 'http://127.0.0.1:9/schema.json' } },
          },
        ],
      }),
    ],
    [
      'a schema that refers to itself',
      chat({
        tools: [
          {
            type: 'function',
            function: {
              name: 'f',
              parameters: { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/a' } } },
            },
          },
        ],
      }),
    ],
  ])('is byte for byte what came: %s', async (_name, body) => {
    await using up = await relayed()
    expect((await post(up.url, CHAT, body)).status).toBe(200)
    expect(up.bodies.map(String)).toEqual([body])
  })

  it('names one model where the client named two, the one that is routed by', async () => {
    await using server = await recorded()
    await using up = await relayed()
    const body = '{"model":"first","messages":[{"role":"user","content":"x"}],"model":"last"}'
    await post(server.url, CHAT, body)
    expect(server.calls[0]!.model).toBe('last')
    await post(up.url, CHAT, body)
    expect(up.bodies[0]!.toString().match(/"model":"\w+"/g)).toEqual(['"model":"last"'])
  })

  it('holds no key that could become a prototype', async () => {
    await using up = await relayed()
    const bad =
      '"__proto__":{"polluted":1},"\\u005f_proto__":{"polluted":2},"constructor":{"prototype":{"polluted":3}}'
    const body = `{"model":"gpt","messages":[{"role":"user","content":"x"}],${bad},"metadata":{${bad}},"tools":[{"type":"function","function":{"name":"f","parameters":{${bad}}}}]}`
    expect((await post(up.url, CHAT, body)).status).toBe(200)
    expect(up.bodies[0]!.toString()).not.toMatch(/proto__/)
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })
})

describe('embeddings', () => {
  it.each<[string, string, string | null, RegExp]>([
    ['3,000 texts', `[${times(3000, '"x"')}]`, 'input', /at most 2048 items, but got 3000/],
    ['an empty text', '""', 'input', /at least 1 character, but got 0/],
    ['an empty text among others', '["a",""]', 'input[1]', /at least 1 character, but got 0/],
    ['no texts', '[]', 'input', /at least 1 item/],
    ['an empty token list among others', '[[1],[]]', 'input[1]', /at least 1 item/],
    ['a negative token', '[1,-1]', 'input[1]', /at least 0, but got -1/],
    ['half a token', '[1,0.5]', 'input[1]', /expected a whole number, but got 0.5/],
    ['300,000 wrong tokens', `[${times(300_000, '-1')}]`, 'input[0]', /at least 0/],
    ['3,000 lists of tokens', `[${times(3000, '[1]')}]`, 'input', /at most 2048 items/],
    ['a text in an object', '{"text":"x"}', 'input', /but got an object/],
  ])('refuses %s', async (_name, input, param, says) => {
    await using server = await recorded()
    const { status, error, blockMs } = await measured(
      server.url,
      '/embeddings',
      `{"model":"e","input":${input}}`,
    )
    expect([status, error?.param]).toEqual([400, param])
    expect(error!.message).toMatch(says)
    expect(blockMs).toBeLessThan(SEEN_BLOCK_MS)
  })

  it.each(['"x"', '["x","y"]', '[1,2,3]', '[[1,2],[3]]'])('takes %s', async (input) => {
    await using server = await recorded()
    expect((await post(server.url, '/embeddings', `{"model":"e","input":${input}}`)).status).toBe(
      200,
    )
    expect(server.calls[0]!.params).toMatchObject({ input: JSON.parse(input) as unknown })
  })
})
