import { ApiError, type Handler } from '@sluice/core'
import { NEVER, throwError } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import { fakeClock } from '../../../sse-stream/test/fake-clock.ts'
import {
  beginUpload,
  BOUNDARY,
  field,
  file,
  form,
  part,
  post,
  spooledFiles,
  surface,
  VALID,
} from './surface.ts'

const MiB = 1024 * 1024
const model = field('model', 'whisper-1')
const large = Buffer.alloc(MiB, 'ab\r\n--x-bound')

afterEach(() => expect.poll(spooledFiles).toBe(0))

describe('a form', () => {
  it('gives its fields typed and its files whole, as often as they are read', async () => {
    await using at = await surface()
    const body = form(
      field('temperature', '0.25'),
      field('timestamp_granularities[]', 'word'),
      field('timestamp_granularities[]', 'segment'),
      field('stream', 'true'),
      file('file', large),
      field('vendor_extra', '5'),
      model,
    )
    expect((await post(at.url, body)).status).toBe(200)
    const [{ params, files } = { params: {}, files: [] }] = at.seen
    const { file: _file, ...fields } = params
    expect(fields).toEqual({
      model: 'whisper-1',
      temperature: 0.25,
      timestamp_granularities: ['word', 'segment'],
      stream: true,
      vendor_extra: '5',
    })
    expect(
      files.map(({ name, file: one, bytes }) => [
        name,
        one.filename,
        one.contentType,
        one.size,
        bytes.equals(large),
      ]),
    ).toEqual([['file', 'a.wav', 'audio/wav', MiB, true]])
  })

  it('reads the same however its bytes were split', async () => {
    await using at = await surface()
    const body = form(
      model,
      file('file', `${'a'.repeat(70_000)}\r\n--${BOUNDARY.slice(0, 5)}`),
      field('prompt', 'héllo'),
    )
    for (const size of [1, 7, 1000]) {
      const { socket, reply } = await beginUpload(at.port, body.length, body.subarray(0, 1))
      for (let from = 1; from < body.length; from += size === 1 ? 4096 : size) {
        const end = Math.min(body.length, from + (size === 1 ? 4096 : size))
        // The ends of the body byte by byte, where its structure is.
        const step = size === 1 && (from < 400 || from > body.length - 400) ? 1 : end - from
        for (let at2 = from; at2 < end; at2 += step)
          socket.write(body.subarray(at2, Math.min(end, at2 + step)))
      }
      expect(await reply).toContain('200 OK')
    }
    expect(at.seen.map(({ params, files }) => [params['prompt'], files[0]!.file.size])).toEqual(
      Array.from({ length: 3 }, () => ['héllo', 70_000 + 4 + 5]),
    )
  })

  const names: [string, string, string][] = [
    ['a path', 'filename="../../etc/passwd"', 'passwd'],
    ['a path of Windows', 'filename="C:\\Users\\me\\a.wav"', 'a.wav'],
    ['only dots', 'filename=".."', 'file'],
    ['nothing', 'filename=""', 'file'],
    ['Chinese', 'filename="录音.wav"', '录音.wav'],
    ['RFC 5987', `filename="x.wav"; filename*=UTF-8''%E5%BD%95%E9%9F%B3.wav`, '录音.wav'],
    ['a broken RFC 5987', `filename="x.wav"; filename*=UTF-8''%E5%`, 'x.wav'],
    ['line ends', `filename*=UTF-8''a%0D%0AX-Evil%3A%201.wav`, 'aX-Evil: 1.wav'],
    ['quotes', 'filename="a\\"b%22.wav"', 'a"b".wav'],
    ['ten thousand characters', `filename="${'a'.repeat(10_000)}.wav"`, `${'a'.repeat(196)}.wav`],
    ['a reserved word', 'filename="CON"', 'CON'],
  ]
  it.each(names)(
    'takes a file name of %s without what could harm',
    async (_name, filename, expected) => {
      await using at = await surface()
      const body = form(
        model,
        part(`Content-Disposition: form-data; name="file"; ${filename}`, 'x'),
      )
      expect((await post(at.url, body)).status).toBe(200)
      expect(at.seen[0]!.files[0]!.file.filename).toBe(expected)
    },
  )

  it('takes what is nested in a part, and its transfer encoding, as bytes', async () => {
    await using at = await surface()
    const inner = '--in\r\nContent-Disposition: attachment; filename=x\r\n\r\nQUJD\r\n--in--'
    const head =
      'Content-Disposition: form-data; name="file"; filename="f"\r\nContent-Type: multipart/mixed; boundary=in\r\nContent-Transfer-Encoding: base64'
    expect((await post(at.url, form(model, part(head, inner)))).status).toBe(200)
    expect(at.seen[0]!.files[0]!.bytes.toString()).toBe(inner)
  })

  it('never makes a prototype of a name', async () => {
    await using at = await surface()
    const body = form(
      model,
      file('file'),
      field('constructor', 'x'),
      field('a[__proto__][b]', 'x'),
      field('toString', 'y'),
    )
    expect((await post(at.url, body)).status).toBe(200)
    expect(Object.hasOwn(at.seen[0]!.params, 'constructor')).toBe(true)
    expect(({} as Record<string, unknown>)['b']).toBeUndefined()
  })

  const refused: [string, Buffer, number, string | null, string?][] = [
    ['nothing', Buffer.alloc(0), 400, null],
    ['garbage', Buffer.from('garbage\0\r\n\r\n--x'), 400, null],
    ['LF line ends', Buffer.from(VALID.toString().replaceAll('\r\n', '\n')), 400, null],
    ['no parts', form(), 400, 'file'],
    ['no ending', VALID.subarray(0, -6), 400, null],
    ['the end in a file', VALID.subarray(0, -30), 400, null],
    ['the end in a head', VALID.subarray(0, 30), 400, null],
    [
      'a head of 1 MiB',
      form(part(`X-A: ${'a'.repeat(MiB)}\r\nContent-Disposition: form-data; name="model"`, 'm')),
      400,
      null,
    ],
    [
      'a head of 20 KiB',
      form(part(`X-A: ${'a'.repeat(20_000)}\r\nContent-Disposition: form-data; name="model"`, 'm')),
      400,
      null,
    ],
    [
      '5,000 head lines',
      form(part(`${'X-A: 1\r\n'.repeat(5000)}Content-Disposition: form-data; name="model"`, 'm')),
      400,
      null,
    ],
    [
      'a head that never ends',
      Buffer.concat([Buffer.from(`--${BOUNDARY}\r\nX: `), Buffer.alloc(3 * MiB, 'a')]),
      400,
      null,
    ],
    ['65 fields', form(...Array.from({ length: 65 }, (_, at) => field(`f${at}`, 'x'))), 400, null],
    [
      '100,000 fields',
      form(...Array.from({ length: 100_000 }, () => field('f[]', 'x'))),
      400,
      null,
    ],
    ['17 files', form(...Array.from({ length: 17 }, () => file('image[]'))), 400, null],
    ['1,000 files', form(...Array.from({ length: 1000 }, () => file('image[]'))), 400, null],
    ['a field of 10 MiB', form(field('prompt', 'a'.repeat(10 * MiB))), 400, null],
    ['a file over the limit', form(model, file('file', Buffer.alloc(4 * MiB + 1))), 413, 'file'],
    ['a form over the limit', form(model, file('file', Buffer.alloc(17 * MiB))), 413, null],
    ['the model twice', form(model, model, file('file')), 400, 'model'],
    ['the file twice', form(model, file('file'), file('file')), 400, 'file'],
    [
      'a field without a name',
      form(model, file('file'), part('Content-Disposition: form-data', 'x')),
      400,
      null,
    ],
    ['a part without a disposition', form(model, file('file'), part('X: y', 'x')), 400, null],
    ['a field named __proto__', form(model, file('file'), field('__proto__', 'x')), 400, null],
    ['no model', form(file('file')), 400, 'model'],
    ['no file', form(model), 400, 'file'],
    ['an empty file', form(model, file('file', '')), 400, 'file'],
    ['a file that is text', form(model, field('file', 'abc')), 400, 'file'],
    ['a model that is a file', form(file('model'), file('file')), 400, 'model'],
    [
      'a number that is none',
      form(model, file('file'), field('temperature', '0x1')),
      400,
      'temperature',
    ],
    [
      'a number out of range',
      form(model, file('file'), field('temperature', '7')),
      400,
      'temperature',
    ],
    [
      'an unknown format',
      form(model, file('file'), field('response_format', 'pdf')),
      400,
      'response_format',
    ],
  ]
  it.each(refused)('of %s is refused in OpenAI’s shape', async (_name, body, status, param) => {
    await using at = await surface({ maxUploadBytes: 4 * MiB })
    const { socket, reply } = await beginUpload(at.port, body.length, body)
    const text = await reply
    socket.destroy()
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(text).toContain('content-type: application/json')
    const { error } = JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4)) as {
      error: { type: string; param: string | null }
    }
    expect([error.type, error.param]).toEqual(['invalid_request_error', param])
    expect(at.seen).toEqual([])
  })

  const types: [string, string, number][] = [
    ['no boundary', 'multipart/form-data', 400],
    ['an empty boundary', 'multipart/form-data; boundary=""', 400],
    ['a boundary of 1 KiB', `multipart/form-data; boundary=${'b'.repeat(1024)}`, 400],
    ['a boundary like a pattern', 'multipart/form-data; boundary="(a+)+$"', 400],
    ['JSON', 'application/json', 415],
    ['another multipart', 'multipart/mixed; boundary=x', 415],
  ]
  it.each(types)('that comes as %s is refused', async (_name, type, status) => {
    await using at = await surface()
    const reply = await post(at.url, VALID, { type })
    expect([reply.status, typeof reply.error!.message]).toEqual([status, 'string'])
  })

  it('that comes compressed is refused', async () => {
    await using at = await surface()
    const headers = {
      'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
      'content-encoding': 'gzip',
    }
    const response = await fetch(`${at.url}/audio/transcriptions`, {
      method: 'POST',
      headers,
      body: new Uint8Array(VALID),
    })
    expect(response.status).toBe(415)
  })

  it('is refused where JSON belongs', async () => {
    await using at = await surface()
    expect((await post(at.url, VALID, { path: '/chat/completions' })).status).toBe(415)
  })

  it('may have a quoted boundary with blanks', async () => {
    await using at = await surface()
    const body = Buffer.from(VALID.toString().replaceAll(BOUNDARY, "a b'(c)"))
    expect(
      (await post(at.url, body, { type: `Multipart/Form-Data; charset=utf-8; Boundary="a b'(c)"` }))
        .status,
    ).toBe(200)
  })

  it('that stalls is answered with 408, and nothing of it stays', async () => {
    const clock = fakeClock()
    await using at = await surface({ clock })
    const beginning = form(model, file('file', large)).subarray(0, 500_000)
    const { reply } = await beginUpload(at.port, 10_000_000, beginning)
    await expect.poll(spooledFiles).toBe(1)
    clock.advance(20_000)
    expect(at.errors).toEqual([])
    clock.advance(20_000)
    expect(await reply).toContain('408 Request Timeout')
  })

  it('whose sender leaves is let go', async () => {
    await using at = await surface()
    const { socket } = await beginUpload(
      at.port,
      10_000_000,
      form(model, file('file', large)).subarray(0, 500_000),
    )
    await expect.poll(spooledFiles).toBe(1)
    socket.destroy()
    await expect.poll(() => at.errors.map((error) => error.code)).toEqual(['client_closed_request'])
    expect(at.seen).toEqual([])
  })

  const endings: [string, Handler, number][] = [
    ['fails', () => throwError(() => new ApiError('upstream_error', { message: 'no' })), 502],
    [
      'throws',
      () => {
        throw new Error('oops')
      },
      500,
    ],
  ]
  it.each(endings)('is let go where the handler %s', async (_name, handler, status) => {
    await using at = await surface({ handler })
    expect((await post(at.url, form(model, file('file', large)))).status).toBe(status)
  })

  it('is let go when the client leaves before the answer', async () => {
    await using at = await surface({ handler: () => NEVER })
    const body = form(model, file('file', large))
    const { socket } = await beginUpload(at.port, body.length, body)
    await expect.poll(spooledFiles).toBe(1)
    socket.destroy()
  })

  it('stops being read soon after it is refused, and its sender gets the answer', async () => {
    await using at = await surface({ maxUploadBytes: MiB })
    const beginning = form(model, file('file', Buffer.alloc(2 * MiB))).subarray(0, 2 * MiB)
    const { socket, reply } = await beginUpload(at.port, 4 * MiB, beginning, 'keep-alive')
    const flood = setInterval(() => socket.write(Buffer.alloc(64 * 1024)), 1)
    expect(await reply).toContain('413 ')
    clearInterval(flood)
  })
})

describe('a form that the host has read', () => {
  const parsed =
    (left: object) =>
    (req: import('node:http').IncomingMessage, _res: unknown, next: () => void) => {
      req.resume()
      req.on('end', () => {
        Object.assign(req, left)
        next()
      })
    }
  const upload = {
    fieldname: 'file',
    originalname: '../b.wav',
    mimetype: 'audio/wav',
    buffer: Buffer.from('abc'),
  }

  it.each([
    ['one file', { body: { model: 'm', temperature: '0.5' }, file: upload }],
    ['a list of files', { body: { model: 'm', temperature: '0.5' }, files: [upload] }],
    ['files by field', { body: { model: 'm', temperature: '0.5' }, files: { file: [upload] } }],
    [
      'files by name',
      {
        body: { model: 'm', temperature: '0.5' },
        files: { file: { name: 'b.wav', data: upload.buffer, mimetype: 'audio/wav' } },
      },
    ],
  ])('is taken from memory: %s', async (_name, left) => {
    await using at = await surface({ before: parsed(left) })
    expect((await post(at.url, VALID)).status).toBe(200)
    const { params, files } = at.seen[0]!
    expect([
      params['model'],
      params['temperature'],
      files[0]!.file.filename,
      files[0]!.bytes.toString(),
    ]).toEqual(['m', 0.5, 'b.wav', 'abc'])
  })

  it('keeps lists as lists', async () => {
    const body = { model: 'm', timestamp_granularities: ['word', 'segment'] }
    await using at = await surface({ before: parsed({ body, file: upload }) })
    await post(at.url, VALID)
    expect(at.seen[0]!.params['timestamp_granularities']).toEqual(['word', 'segment'])
  })

  it.each([
    ['left nowhere', {}],
    [
      'written to disk',
      { body: { model: 'm' }, file: { ...upload, buffer: undefined, path: '/tmp/x' } },
    ],
  ])('is refused at once where it was %s', async (_name, left) => {
    await using at = await surface({ before: parsed(left) })
    const reply = await post(at.url, VALID)
    expect([reply.status, reply.error!.code]).toEqual([400, 'body_already_consumed'])
  })

  it('is read by us where the host only left an empty body', async () => {
    await using at = await surface({
      before: (req, _res, next) => (Object.assign(req, { body: {} }), next()),
    })
    expect((await post(at.url, VALID)).status).toBe(200)
  })
})
