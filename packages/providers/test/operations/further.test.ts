import { ApiError, call, type Batch, type Operation, type Params } from '@sluice/core'
import type { Provider } from '@sluice/providers'
import { anthropic } from '@sluice/providers/anthropic'
import { gemini } from '@sluice/providers/gemini'
import { openai } from '@sluice/providers/openai'
import { xai } from '@sluice/providers/xai'
import { lastValueFrom, toArray, type Observable } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { upstream } from '../upstream.ts'
import { uploaded } from './files.ts'

const all = <T>(source: Observable<T>): Promise<T[]> => lastValueFrom(source.pipe(toArray()))
const failureOf = (source: Observable<unknown>): Promise<ApiError> =>
  all(source).then(
    () => expect.fail('it did not fail'),
    (error: unknown) => (ApiError.is(error) ? error : expect.fail(String(error))),
  )
const textOf = (batches: readonly Batch[]) =>
  Buffer.concat(batches.map(({ bytes }) => bytes)).toString()
const at = (baseURL: string): Provider => openai({ baseURL, apiKey: 'sk-x' })
const sound = { model: 'm', file: uploaded('RIFF sound', '录"音\r\nX-Evil: 1.wav') }
const typed = (event: { type: string }) =>
  `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`

/** The parts of a form by their heads, decoded. */
function partsOf(body: string, contentType: string): [string, string][] {
  const boundary = /boundary=(.+)$/.exec(contentType)![1]!
  return body
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => part.slice(2, -2).split('\r\n\r\n') as [string, string])
}

describe('a form', () => {
  it('goes on with a boundary of our own, texts first, nothing of a name able to end its header', async () => {
    await using up = await upstream((_req, res) =>
      res.end('{"text":"hi","usage":{"type":"duration","seconds":1}}'),
    )
    const params = {
      ...sound,
      timestamp_granularities: ['word', 'segment'],
      temperature: 0,
      stream: false,
      model: 'asked',
      extra: { a: 1 },
    }
    const [batch] = await all(at(up.url)(call('audio.transcriptions', params, { model: 'routed' })))
    const { url, headers, body } = up.requests[0]!
    expect(url).toBe('/v1/audio/transcriptions')
    expect(headers['content-length']).toBe(String(Buffer.byteLength(body)))
    expect(headers['authorization']).toBe('Bearer sk-x')
    expect(partsOf(body, headers['content-type']!)).toEqual([
      ['content-disposition: form-data; name="model"', 'routed'],
      ['content-disposition: form-data; name="timestamp_granularities[]"', 'word'],
      ['content-disposition: form-data; name="timestamp_granularities[]"', 'segment'],
      ['content-disposition: form-data; name="temperature"', '0'],
      ['content-disposition: form-data; name="stream"', 'false'],
      ['content-disposition: form-data; name="extra"', '{"a":1}'],
      [
        'content-disposition: form-data; name="file"; filename="录%22音%0D%0AX-Evil: 1.wav"\r\ncontent-type: audio/wav',
        'RIFF sound',
      ],
    ])
    expect(batch!.text()).toBe('hi')
  })

  it('has several pictures as a list, and one alone', async () => {
    await using up = await upstream((_req, res) =>
      res.end('{"created":1,"data":[{"b64_json":"AA=="}]}'),
    )
    const picture = () => uploaded('png', 'a.png', 'image/png')
    await all(
      at(up.url)(
        call('images.edit', { model: 'm', prompt: 'p', image: [picture()], mask: picture() }),
      ),
    )
    await all(
      at(up.url)(call('images.edit', { model: 'm', prompt: 'p', image: [picture(), picture()] })),
    )
    const names = up.requests.map(({ body }) =>
      [...body.matchAll(/ name="([^"]+)"; filename/g)].map((match) => match[1]),
    )
    expect(names).toEqual([
      ['image', 'mask'],
      ['image[]', 'image[]'],
    ])
  })

  it('is no longer read or sent once the caller has left', async () => {
    await using up = await upstream(() => {})
    let read = 0
    let isClosed = false
    const file = {
      ...uploaded(''),
      size: 1_000_000_000,
      async *open() {
        try {
          for (; read < 1_000_000_000; read += 65_536) yield Buffer.alloc(65_536)
        } finally {
          isClosed = true
        }
      },
    }
    const subscription = at(up.url)(call('audio.transcriptions', { model: 'm', file })).subscribe()
    await expect.poll(() => read).toBeGreaterThan(1_000_000)
    subscription.unsubscribe()
    await expect.poll(() => [isClosed, up.sockets.size]).toEqual([true, 0])
    expect(read).toBeLessThan(1_000_000_000)
  })

  it('fails where its file can no longer be read', async () => {
    await using up = await upstream(() => {})
    const file = {
      ...uploaded('RIFF'),
      async *open(): AsyncGenerator<Uint8Array> {
        yield Buffer.from('R')
        throw new Error('gone')
      },
    }
    expect(
      (await failureOf(at(up.url)(call('audio.transcriptions', { model: 'm', file })))).status,
    ).toBe(502)
    await expect.poll(() => up.sockets.size).toBe(0)
  })

  it('fails with what the upstream says before it has all', async () => {
    await using up = await upstream(() => {})
    up.server.removeAllListeners('request')
    up.server.on(
      'request',
      (_req, res) =>
        void res.writeHead(400, { connection: 'close' }).end('{"error":{"message":"not a sound"}}'),
    )
    const file = {
      ...uploaded(''),
      size: 4_000_000,
      async *open() {
        for (let sent = 0; sent < 4_000_000; sent += 50_000) yield Buffer.alloc(50_000)
      },
    }
    const error = await failureOf(at(up.url)(call('audio.transcriptions', { model: 'm', file })))
    expect([error.status, error.message]).toEqual([400, 'not a sound'])
  })
})

describe('an answer that is handed on', () => {
  const json: [Operation, object, string][] = [
    [
      'images.generate',
      { model: 'm', prompt: 'p' },
      '{ "created":1, "data":[{"url":"https://x"}], "own":1 }',
    ],
    [
      'moderations',
      { model: 'm', input: 'x' },
      '{ "id":"modr-1", "model":"m", "results":[{"flagged":false}] }',
    ],
    ['audio.transcriptions', sound, '{ "text":"hi", "segments":[] }'],
    ['audio.translations', sound, '{ "text":"hi" }'],
  ]
  it.each(json)('of %s keeps its very bytes', async (operation, params, answer) => {
    await using up = await upstream((_req, res) => res.end(answer))
    const batches = await all(at(up.url)(call(operation, params as Params<Operation>)))
    expect([batches[0]!.framing, textOf(batches)]).toEqual(['document', answer])
  })

  it('gets the time where the vendor gives none', async () => {
    await using up = await upstream((_req, res) => res.end('{"data":[{"url":"https://x"}]}'))
    const [batch] = await all(at(up.url)(call('images.generate', { model: 'm', prompt: 'p' })))
    expect((batch!.document() as { created: number }).created).toBeGreaterThan(1_700_000_000)
  })

  it.each([
    ['images.generate', { model: 'm', prompt: 'p' }, '{"data":[]}'],
    ['moderations', { model: 'm', input: 'x' }, '{}'],
    ['audio.transcriptions', sound, '[]'],
    ['completions', { model: 'm', prompt: 'p' }, '{"choices":[]}'],
  ] as const)('of %s must hold one', async (operation, params, answer) => {
    await using up = await upstream((_req, res) => res.end(answer))
    const error = await failureOf(
      at(up.url)(call(operation as Operation, params as Params<Operation>)),
    )
    expect([error.status, error.code]).toEqual([502, 'upstream_invalid_response'])
  })
})

describe('speech', () => {
  const asked = { model: 'm', input: 'hi', voice: 'alloy' }

  it.each([
    ['a sound that begins like a page', Buffer.from('<\0\x01')],
    ['a sound that begins like JSON', Buffer.from('{\0\x01')],
    ['a sound that begins with blanks', Buffer.from(' \n \n')],
  ])('comes as it is: %s', async (_name, bytes) => {
    await using up = await upstream((_req, res) =>
      res.writeHead(200, { 'content-type': 'audio/pcm; rate=24000' }).end(bytes),
    )
    const batches = await all(
      at(up.url)(call('audio.speech', { ...asked, response_format: 'pcm' })),
    )
    expect([batches[0]!.contentType, textOf(batches)]).toEqual([
      'audio/pcm; rate=24000',
      bytes.toString(),
    ])
  })

  it('has the media type of its format where the upstream names none', async () => {
    await using up = await upstream((_req, res) => res.end('ID3'))
    expect((await all(at(up.url)(call('audio.speech', asked))))[0]!.contentType).toBe('audio/mpeg')
  })

  it.each([
    ['nothing', 'audio/mpeg', '', 'upstream_empty_response'],
    ['a page', 'text/html', '<html>', 'upstream_invalid_response'],
    [
      'an error in a 200',
      'application/json',
      '{"error":{"message":"no","code":"rate_limit_exceeded"}}',
      'rate_limit_exceeded',
    ],
    ['JSON', 'application/json', '{"audio":"x"}', 'upstream_invalid_response'],
  ])('fails where it is %s', async (_name, type, body, code) => {
    await using up = await upstream((_req, res) =>
      res.writeHead(200, { 'content-type': type }).end(body),
    )
    expect((await failureOf(at(up.url)(call('audio.speech', asked)))).code).toBe(code)
  })

  it('streams as events where it is asked to', async () => {
    const events = [
      { type: 'speech.audio.delta', audio: 'AAA=' },
      { type: 'speech.audio.done', usage: { input_tokens: 1, output_tokens: 2, total_tokens: 3 } },
    ]
    await using up = await upstream((_req, res) => {
      res
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .end(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''))
    })
    const batches = await all(at(up.url)(call('audio.speech', { ...asked, stream_format: 'sse' })))
    expect([
      batches.flatMap((batch) => batch.chunks()),
      batches.at(-1)!.usage!.total_tokens,
    ]).toEqual([events, 3])
  })
})

describe('a transcription', () => {
  const segments = [
    { start: 0, end: 61.5, text: ' one' },
    { start: 3601.0014, end: 3602, text: ' two' },
  ]

  it.each([
    ['text', 'one two\n'],
    ['srt', '1\n00:00:00,000 --> 00:01:01,500\none\n\n2\n01:00:01,001 --> 01:00:02,000\ntwo\n\n'],
    [
      'vtt',
      'WEBVTT\n\n00:00:00.000 --> 00:01:01.500\none\n\n01:00:01.001 --> 01:00:02.000\ntwo\n\n',
    ],
  ] as const)('is written as %s where the upstream only gives JSON', async (format, text) => {
    await using up = await upstream((_req, res) => {
      res
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ text: 'one two', segments }))
    })
    const batches = await all(
      at(up.url)(call('audio.transcriptions', { ...sound, response_format: format })),
    )
    expect([batches[0]!.contentType, textOf(batches)]).toEqual(['text/plain; charset=utf-8', text])
  })

  it('of silence is empty text', async () => {
    await using up = await upstream((_req, res) =>
      res.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(),
    )
    const batches = await all(
      at(up.url)(call('audio.transcriptions', { ...sound, response_format: 'text' })),
    )
    expect([batches.length, textOf(batches)]).toEqual([1, ''])
  })

  const events = [
    { type: 'transcript.text.delta', delta: 'Ru' },
    { type: 'transcript.text.delta', delta: 'by' },
    {
      type: 'transcript.text.done',
      text: 'Ruby',
      usage: { type: 'tokens', input_tokens: 37, output_tokens: 12, total_tokens: 49 },
    },
  ]

  it.each([
    ['named events', events.map(typed).join('')],
    [
      'unnamed events',
      `${events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')}data: [DONE]\n\n`,
    ],
    ['CRLF and comments', `: hi\r\n\r\n${events.map(typed).join('').replaceAll('\n', '\r\n')}`],
  ])('streams %s', async (_name, body) => {
    await using up = await upstream((_req, res) =>
      res.writeHead(200, { 'content-type': 'text/event-stream' }).end(body),
    )
    const batches = await all(at(up.url)(call('audio.transcriptions', { ...sound, stream: true })))
    expect(batches.flatMap((batch) => batch.chunks())).toEqual(events)
    expect([
      batches.map((batch) => batch.text()).join(''),
      batches.at(-1)!.usage!.total_tokens,
    ]).toEqual(['Ruby', 49])
    expect(textOf(batches)).not.toMatch(/\r|DONE|: hi/)
  })

  it('becomes a stream where the upstream knows none', async () => {
    await using up = await upstream((_req, res) => res.end('{"text":"Ruby"}'))
    const batches = await all(at(up.url)(call('audio.transcriptions', { ...sound, stream: true })))
    expect(batches.flatMap((batch) => batch.chunks())).toEqual([
      { type: 'transcript.text.delta', delta: 'Ruby' },
      { type: 'transcript.text.done', text: 'Ruby' },
    ])
  })

  it.each(['', 'data: [DONE]\n\n'])('fails where its stream breaks off (%j)', async (end) => {
    await using up = await upstream((_req, res) =>
      res.writeHead(200, { 'content-type': 'text/event-stream' }).end(typed(events[0]!) + end),
    )
    expect(
      (await failureOf(at(up.url)(call('audio.transcriptions', { ...sound, stream: true })))).code,
    ).toBe('stream_incomplete')
  })
})

describe('pictures', () => {
  it('stream in events of megabytes, whose bytes stay as they are', async () => {
    const picture = {
      type: 'image_generation.partial_image',
      b64_json: 'A'.repeat(8_000_000),
      partial_image_index: 0,
    }
    const last = {
      type: 'image_generation.completed',
      b64_json: 'AA==',
      usage: { input_tokens: 1, output_tokens: 2, total_tokens: 3 },
    }
    await using up = await upstream((_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' }).end(typed(picture) + typed(last))
    })
    const batches = await all(
      at(up.url)(
        call('images.generate', { model: 'm', prompt: 'p', stream: true, partial_images: 1 }),
      ),
    )
    expect(textOf(batches) === typed(picture) + typed(last)).toBe(true)
    expect(batches.at(-1)!.usage!.total_tokens).toBe(3)
  })

  it('are none without their bytes, and cost nothing where the count is none', async () => {
    const last = { type: 'image_generation.completed', b64_json: 'AA==' }
    const odd = [
      { type: 'image_generation.partial_image', b64_json: { a: 1 } },
      { type: 'image_generation.completed' },
      { type: 'image_generation.thinking', b64_json: 7 },
      { ...last, usage: { input_tokens: -1, output_tokens: 'x' } },
    ]
    await using up = await upstream((_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' }).end(odd.map(typed).join(''))
    })
    const batches = await all(
      at(up.url)(call('images.generate', { model: 'm', prompt: 'p', stream: true })),
    )
    expect(textOf(batches)).toBe(typed(odd[2]!) + typed(last))
    expect(batches.at(-1)!.usage).toBeUndefined()
  })

  it('become a stream where the upstream gives them whole', async () => {
    await using up = await upstream((_req, res) =>
      res.end(
        '{"created":5,"data":[{"b64_json":"AA=="},{"b64_json":"BB=="}],"output_format":"png"}',
      ),
    )
    const batches = await all(
      at(up.url)(call('images.generate', { model: 'm', prompt: 'p', stream: true })),
    )
    expect(batches.flatMap((batch) => batch.chunks())).toMatchObject([
      {
        type: 'image_generation.completed',
        b64_json: 'AA==',
        created_at: 5,
        output_format: 'png',
        size: 'auto',
      },
      { type: 'image_generation.completed', b64_json: 'BB==' },
    ])
  })

  it('are asked of Grok by their shape, and changed in JSON', async () => {
    await using up = await upstream((_req, res) =>
      res.end('{"data":[{"url":"https://x","mime_type":"image/jpeg"}]}'),
    )
    const grok = xai({ baseURL: up.url })
    const asked = call('images.generate', {
      model: 'grok',
      prompt: 'p',
      size: '1536x1024',
      quality: 'hd',
      n: 2,
    })
    await all(grok(asked))
    expect(JSON.parse(up.requests[0]!.body)).toEqual({
      model: 'grok',
      prompt: 'p',
      n: 2,
      aspect_ratio: '3:2',
    })
    expect(asked.report.droppedParams).toEqual(['size', 'quality'])
    const image = [
      uploaded('first', 'a.png', 'image/png'),
      uploaded('second!', 'b.png', 'text/html;x"'),
    ]
    await all(grok(call('images.edit', { model: 'grok', prompt: 'p', image })))
    expect(up.requests[1]!.headers['content-type']).toBe('application/json')
    expect(JSON.parse(up.requests[1]!.body)).toEqual({
      model: 'grok',
      prompt: 'p',
      images: [
        {
          type: 'image_url',
          url: `data:image/png;base64,${Buffer.from('first').toString('base64')}`,
        },
        {
          type: 'image_url',
          url: `data:application/octet-stream;base64,${Buffer.from('second!').toString('base64')}`,
        },
      ],
    })
    const masked = { model: 'grok', prompt: 'p', image, mask: image[0]! }
    expect((await failureOf(grok(call('images.edit', masked)))).param).toBe('mask')
  })
})

describe('Gemini', () => {
  const counted = {
    promptTokenCount: 133,
    candidatesTokenCount: 10,
    thoughtsTokenCount: 21,
    promptTokensDetails: [{ modality: 'AUDIO', tokenCount: 119 }],
  }
  const said = (...parts: object[]) =>
    JSON.stringify({
      candidates: [{ content: { parts }, finishReason: 'STOP' }],
      usageMetadata: counted,
    })

  it('hears a sound that goes along, however long, and gives its text', async () => {
    await using up = await upstream((_req, res) =>
      res.end(said({ text: 'hm', thought: true }, { text: ' Hello.\n' })),
    )
    const file = uploaded('0123456789abc', 'a.mp3', 'application/octet-stream')
    const asked = call('audio.transcriptions', {
      model: 'gemini-2.5-flash',
      file,
      language: 'de',
      temperature: 0.1,
      include: ['logprobs'],
    })
    const [batch] = await all(gemini({ baseURL: up.url })(asked))
    expect(batch!.document()).toEqual({
      text: 'Hello.',
      usage: {
        type: 'tokens',
        input_tokens: 133,
        output_tokens: 31,
        total_tokens: 164,
        input_token_details: { audio_tokens: 119, text_tokens: 14 },
      },
    })
    expect([batch!.usage!.total_tokens, asked.report.droppedParams]).toEqual([164, ['include']])
    const { url, headers, body } = up.requests[0]!
    expect([url, headers['content-length']]).toEqual([
      '/v1/v1beta/models/gemini-2.5-flash:generateContent',
      String(Buffer.byteLength(body)),
    ])
    const { contents } = JSON.parse(body) as { contents: { parts: { inlineData?: object }[] }[] }
    expect(contents[0]!.parts[1]!.inlineData).toEqual({
      mimeType: 'audio/mp3',
      data: Buffer.from('0123456789abc').toString('base64'),
    })
  })

  it.each(['srt', 'vtt', 'verbose_json'] as const)(
    'refuses %s by name, because it knows no times',
    async (format) => {
      await using up = await upstream((_req, res) => res.end(said({ text: 'x' })))
      const error = await failureOf(
        gemini({ baseURL: up.url })(
          call('audio.transcriptions', { ...sound, response_format: format }),
        ),
      )
      expect([error.status, error.param, up.requests.length]).toEqual([400, 'response_format', 0])
    },
  )

  it('draws by its image models and changes pictures', async () => {
    await using up = await upstream((_req, res) =>
      res.end(said({ text: 'Here.' }, { inlineData: { mimeType: 'image/jpeg', data: 'AA==' } })),
    )
    const provider = gemini({ baseURL: up.url })
    const image = [uploaded('png', 'a.png', 'image/png')]
    const [batch] = await all(
      provider(
        call('images.edit', { model: 'gemini-image', prompt: 'p', size: '1024x1792', image }),
      ),
    )
    expect(batch!.document()).toMatchObject({
      data: [{ b64_json: 'AA==' }],
      output_format: 'jpeg',
      usage: { total_tokens: 164 },
    })
    expect(JSON.parse(up.requests[0]!.body)).toEqual({
      contents: [
        {
          role: 'user',
          parts: [{ inlineData: { mimeType: 'image/png', data: 'cG5n' } }, { text: 'p' }],
        },
      ],
      generationConfig: {
        responseModalities: ['TEXT', 'IMAGE'],
        imageConfig: { aspectRatio: '9:16' },
      },
    })
    const [url] = await all(
      provider(
        call('images.generate', { model: 'gemini-image', prompt: 'p', response_format: 'url' }),
      ),
    )
    expect(url!.document()).toMatchObject({ data: [{ url: 'data:image/jpeg;base64,AA==' }] })
    expect(
      (
        await failureOf(
          provider(call('images.generate', { model: 'gemini-image', prompt: 'p', n: 2 })),
        )
      ).param,
    ).toBe('n')
  })

  it('draws by Imagen', async () => {
    const picture = { bytesBase64Encoded: 'AA==', mimeType: 'image/png' }
    await using up = await upstream((_req, res) =>
      res.end(JSON.stringify({ predictions: [picture, picture] })),
    )
    const [batch] = await all(
      gemini({ baseURL: up.url })(
        call('images.generate', { model: 'imagen-4', prompt: 'p', n: 2, output_format: 'jpeg' }),
      ),
    )
    expect(batch!.document()).toMatchObject({ data: [{ b64_json: 'AA==' }, { b64_json: 'AA==' }] })
    expect(up.requests[0]!.url).toBe('/v1/v1beta/models/imagen-4:predict')
    expect(JSON.parse(up.requests[0]!.body)).toEqual({
      instances: [{ prompt: 'p' }],
      parameters: { sampleCount: 2, outputOptions: { mimeType: 'image/jpeg' } },
    })
  })

  it.each([
    [
      'its prompt is blocked',
      { promptFeedback: { blockReason: 'SAFETY' } },
      400,
      'content_policy_violation',
    ],
    [
      'its answer is blocked',
      { candidates: [{ finishReason: 'IMAGE_SAFETY' }] },
      400,
      'content_policy_violation',
    ],
    [
      'it is filtered',
      { predictions: [{ raiFilteredReason: 'Unsafe.' }] },
      400,
      'content_policy_violation',
    ],
    [
      'it is only talked about',
      { candidates: [{ content: { parts: [{ text: 'No.' }] }, finishReason: 'STOP' }] },
      502,
      'upstream_empty_response',
    ],
    ['there is none', {}, 502, 'upstream_invalid_response'],
  ])('fails a picture where %s', async (_name, answer, status, code) => {
    await using up = await upstream((_req, res) => res.end(JSON.stringify(answer)))
    const error = await failureOf(
      gemini({ baseURL: up.url })(call('images.generate', { model: 'gemini-image', prompt: 'p' })),
    )
    expect([error.status, error.wireCode]).toEqual([status, code])
  })
})

it('says by name what a vendor does not do', async () => {
  const error = await failureOf(
    anthropic({ apiKey: 'x' })(call('images.generate', { model: 'claude', prompt: 'p' })),
  )
  expect([error.status, error.code, error.message]).toEqual([
    404,
    'unsupported_endpoint',
    'anthropic does not offer images.generate.',
  ])
})
