import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inflateSync } from 'node:zlib'
import { endpoints, mount } from '@sluice/endpoints'
import { demo } from '@sluice/demo'
import OpenAI, { BadRequestError, toFile } from 'openai'
import { describe, expect, it } from 'vitest'

/** The demo behind the surface, and OpenAI's own client before it. */
async function demoClient() {
  const server = createServer(mount('/v1', endpoints(demo({ tokensPerSecond: 0 }))))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  return {
    client: new OpenAI({ baseURL, apiKey: 'sk-x', maxRetries: 0 }),
    baseURL,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A WAV of half a second. */
function wav(): Buffer {
  const bytes = Buffer.alloc(44 + 16_000)
  bytes.write('RIFF', 0)
  bytes.writeUInt32LE(36 + 16_000, 4)
  bytes.write('WAVEfmt ', 8)
  for (const [value, at] of [
    [16, 16],
    [16_000, 24],
    [32_000, 28],
    [16_000, 40],
  ] as const)
    bytes.writeUInt32LE(value, at)
  for (const [value, at] of [
    [1, 20],
    [1, 22],
    [2, 32],
    [16, 34],
  ] as const)
    bytes.writeUInt16LE(value, at)
  bytes.write('data', 36)
  return bytes
}
const sound = () => toFile(wav(), '录音.wav', { type: 'audio/wav' })
const collect = async <T>(source: AsyncIterable<T>): Promise<T[]> => {
  const items: T[] = []
  for await (const item of source) items.push(item)
  return items
}
const failureOf = (promise: Promise<unknown>): Promise<BadRequestError> =>
  promise.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => (error instanceof BadRequestError ? error : expect.fail(String(error))),
  )

/** Size and lines of a PNG, which must be whole. */
function readPng(base64: string) {
  const bytes = Buffer.from(base64, 'base64')
  expect(bytes.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n')
  expect(bytes.subarray(-8, -4).toString('latin1')).toBe('IEND')
  const data: Buffer[] = []
  for (let at = 8; at < bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    if (bytes.toString('latin1', at + 4, at + 8) === 'IDAT')
      data.push(bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at)))
  }
  return {
    width: bytes.readUInt32BE(16),
    height: bytes.readUInt32BE(20),
    lines: inflateSync(Buffer.concat(data)),
  }
}

describe('OpenAI’s client', () => {
  it('completes texts, whole and streamed', async () => {
    await using at = await demoClient()
    const whole = await at.client.completions.create({
      model: 'demo',
      prompt: ['a', 'b'],
      n: 2,
      echo: true,
    })
    expect(whole.choices.map(({ index, text }) => [index, text[0]])).toEqual([
      [0, 'a'],
      [1, 'a'],
      [2, 'b'],
      [3, 'b'],
    ])
    const chunks = await collect(
      await at.client.completions.create({
        model: 'demo',
        prompt: 'a',
        n: 1,
        echo: true,
        stream: true,
        stream_options: { include_usage: true },
      }),
    )
    expect(chunks.flatMap(({ choices }) => choices.map(({ text }) => text)).join('')).toBe(
      whole.choices[0]!.text,
    )
    expect([chunks.at(-1)!.choices, chunks.at(-1)!.usage!.total_tokens > 0]).toEqual([[], true])
    const error = await failureOf(
      at.client.completions.create({ model: 'demo', prompt: 'a', best_of: 3 }),
    )
    expect([error.param, error.code]).toEqual(['best_of', 'unsupported_parameter'])
  })

  it('has a sound transcribed in every format, and streamed', async () => {
    await using at = await demoClient()
    const ask = { model: 'whisper-1', file: await sound() }
    const said =
      'This is the demo, which hears no words. It was given 录音.wav, a WAV recording of 0.5 seconds, mono, 16000 Hz, 16 bits.'
    expect((await at.client.audio.transcriptions.create(ask)).text).toBe(said)
    const verbose = await at.client.audio.transcriptions.create({
      ...ask,
      response_format: 'verbose_json',
      timestamp_granularities: ['word'],
    })
    expect([verbose.duration, verbose.segments!.length, verbose.words!.at(-1)!.end]).toEqual([
      0.5, 1, 0.5,
    ])
    expect(await at.client.audio.transcriptions.create({ ...ask, response_format: 'text' })).toBe(
      `${said}\n`,
    )
    expect(
      await at.client.audio.transcriptions.create({ ...ask, response_format: 'srt' }),
    ).toContain('00:00:00,000 --> 00:00:00,500')
    expect(await at.client.audio.transcriptions.create({ ...ask, response_format: 'vtt' })).toMatch(
      /^WEBVTT\n\n/,
    )
    const events = await collect(
      await at.client.audio.transcriptions.create({ ...ask, stream: true }),
    )
    expect(
      events.map((event) => (event.type === 'transcript.text.delta' ? event.delta : '')).join(''),
    ).toBe(said)
    expect(events.at(-1)).toMatchObject({ type: 'transcript.text.done', text: said })
    expect(
      (
        await at.client.audio.translations.create({
          model: 'm',
          file: await toFile(Buffer.from('x'), 'a.mp3'),
        })
      ).text,
    ).toContain('cannot tell')
  })

  it('gets speech as a sound, and as events', async () => {
    await using at = await demoClient()
    const ask = { model: 'tts-1', voice: 'alloy', input: 'Hello there' } as const
    const response = await at.client.audio.speech.create(ask)
    const bytes = Buffer.from(await response.arrayBuffer())
    expect([
      response.headers.get('content-type'),
      bytes.toString('latin1', 0, 4),
      bytes.readUInt32LE(40),
    ]).toEqual(['audio/wav', 'RIFF', bytes.length - 44])
    const raw = await at.client.audio.speech.create({ ...ask, response_format: 'pcm', speed: 2 })
    expect((await raw.arrayBuffer()).byteLength).toBe((bytes.length - 44) / 2)
    const events = await (
      await at.client.audio.speech.create({ ...ask, stream_format: 'sse' })
    ).text()
    expect(events).toMatch(
      /^event: speech\.audio\.delta\n[^]*event: speech\.audio\.done\ndata: \{[^\n]*"total_tokens"/,
    )
    expect(events).not.toContain('[DONE]')
    expect(
      (await failureOf(at.client.audio.speech.create({ ...ask, response_format: 'mp3' }))).param,
    ).toBe('response_format')
  })

  it('gets pictures that are what was asked for', async () => {
    await using at = await demoClient()
    const ask = {
      model: 'gpt-image-1',
      prompt: 'a cat',
      size: '1536x1024',
      response_format: 'b64_json',
    } as const
    const [first, second] = (await at.client.images.generate({ ...ask, n: 2 })).data!.map(
      (image) => image.b64_json!,
    )
    const { width, height, lines } = readPng(first!)
    expect([width, height, lines.length]).toEqual([1536, 1024, 1537 * 1024])
    expect(first === second).toBe(false)
    expect((await at.client.images.generate(ask)).data![0]!.b64_json === first).toBe(true)
    expect(
      (await at.client.images.generate({ ...ask, prompt: 'a dog' })).data![0]!.b64_json === first,
    ).toBe(false)
    const { data } = await at.client.images.generate({ ...ask, response_format: 'url' })
    expect([data![0]!.url!.startsWith('data:image/png;base64,'), data![0]!.b64_json]).toEqual([
      true,
      undefined,
    ])
  })

  it('sees a picture come about', async () => {
    await using at = await demoClient()
    const events = await collect(
      await at.client.images.generate({
        model: 'm',
        prompt: 'a cat',
        stream: true,
        partial_images: 2,
        size: '256x256',
      }),
    )
    expect(events.map(({ type }) => type)).toEqual([
      'image_generation.partial_image',
      'image_generation.partial_image',
      'image_generation.completed',
    ])
    for (const { b64_json: picture } of events) expect(readPng(picture).width).toBe(256)
  })

  it('has pictures changed, and others made of them', async () => {
    await using at = await demoClient()
    const picture = (text: string) => toFile(Buffer.from(text), 'a.png', { type: 'image/png' })
    const ask = { model: 'm', prompt: 'p', size: '256x256', response_format: 'b64_json' } as const
    const edit = async (image: Awaited<ReturnType<typeof picture>>[]) =>
      (await at.client.images.edit({ ...ask, image })).data![0]!.b64_json!
    const one = await edit([await picture('1')])
    expect(readPng(one).height).toBe(256)
    expect((await edit([await picture('1'), await picture('2')])) === one).toBe(false)
    const varied = await at.client.images.createVariation({
      image: await picture('1'),
      n: 3,
      size: '256x256',
    })
    expect(varied.data!.length).toBe(3)
  })

  it('has texts moderated, by a model of ours where it names none', async () => {
    await using at = await demoClient()
    const { model, results } = await at.client.moderations.create({
      input: ['I will kill you', 'good morning'],
    })
    expect([model, results.map(({ flagged }) => flagged), results[0]!.categories.violence]).toEqual(
      ['omni-moderation-latest', [true, false], true],
    )
    expect(Object.keys(results[1]!.category_scores).length).toBe(13)
    const parts = await at.client.moderations.create({
      input: [
        { type: 'text', text: 'hi' },
        { type: 'image_url', image_url: { url: 'https://x' } },
      ],
    })
    expect(parts.results.length).toBe(1)
  })
})

describe('what is asked of pictures, speech and moderations', () => {
  const wrong: [string, string, object, string][] = [
    ['no prompt', '/images/generations', {}, 'prompt'],
    ['an empty prompt', '/images/generations', { prompt: '' }, 'prompt'],
    ['eleven pictures', '/images/generations', { prompt: 'p', n: 11 }, 'n'],
    ['a size that is none', '/images/generations', { prompt: 'p', size: 'large' }, 'size'],
    ['a size without width', '/images/generations', { prompt: 'p', size: '0x10' }, 'size'],
    ['a size beyond the demo', '/images/generations', { prompt: 'p', size: '9000x9000' }, 'size'],
    ['a quality that is none', '/images/generations', { prompt: 'p', quality: 'best' }, 'quality'],
    ['a style that is none', '/images/generations', { prompt: 'p', style: 'bold' }, 'style'],
    [
      'a background that is none',
      '/images/generations',
      { prompt: 'p', background: 'red' },
      'background',
    ],
    [
      'a format that is none',
      '/images/generations',
      { prompt: 'p', output_format: 'gif' },
      'output_format',
    ],
    [
      'a format that the demo has not',
      '/images/generations',
      { prompt: 'p', output_format: 'webp' },
      'output_format',
    ],
    [
      'four partial pictures',
      '/images/generations',
      { prompt: 'p', partial_images: 4 },
      'partial_images',
    ],
    ['no voice', '/audio/speech', { model: 'm', input: 'x' }, 'voice'],
    ['a speech of nothing', '/audio/speech', { model: 'm', input: '', voice: 'a' }, 'input'],
    [
      'too much to say',
      '/audio/speech',
      { model: 'm', input: 'a'.repeat(4097), voice: 'a' },
      'input',
    ],
    [
      'too fast a speech',
      '/audio/speech',
      { model: 'm', input: 'x', voice: 'a', speed: 5 },
      'speed',
    ],
    ['nothing to moderate', '/moderations', {}, 'input'],
    ['numbers to moderate', '/moderations', { input: [1] }, 'input[0]'],
    ['no prompt to complete', '/completions', { model: 'm' }, 'prompt'],
    ['six log probabilities', '/completions', { model: 'm', prompt: 'x', logprobs: 6 }, 'logprobs'],
    ['a best_of below n', '/completions', { model: 'm', prompt: 'x', best_of: 1, n: 2 }, 'best_of'],
    [
      'a best_of of a stream',
      '/completions',
      { model: 'm', prompt: 'x', best_of: 2, n: 2, stream: true },
      'best_of',
    ],
  ]
  it.each(wrong)('is refused by name: %s', async (_name, path, body, param) => {
    await using at = await demoClient()
    const response = await fetch(at.baseURL + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const { error } = (await response.json()) as { error: { type: string; param: string } }
    expect([response.status, error.type, error.param]).toEqual([
      400,
      'invalid_request_error',
      param,
    ])
  })
})
