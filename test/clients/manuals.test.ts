import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { bearerAuth } from '@sluice/auth'
import { endpoints } from '@sluice/endpoints'
import { demo } from '@sluice/demo'
import express from 'express'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listen } from '../support/hosts.ts'

const run = promisify(execFile)
const KEY = 'sk-manual-0123456789'
/**
 * The first interpreter that has requests: the one on the path may not be the one that Debian's
 * package serves.
 */
const interpreters = await Promise.all(
  ['python3', '/usr/bin/python3'].map((file) =>
    run(file, ['-c', 'import requests']).then(
      () => [file],
      () => [],
    ),
  ),
)
const [python] = interpreters.flat()
if (python === undefined)
  console.log('the Python loop needs python3 with requests (Debian: python3-requests)')

describe('the manuals’ own loops', () => {
  let server: Awaited<ReturnType<typeof listen>>
  beforeAll(async () => {
    const app = express()
    app.use('/v1', bearerAuth({ keys: [KEY] }), endpoints(demo({ tokensPerSecond: 0 })))
    // eslint-disable-next-line typescript/no-misused-promises
    server = await listen(app)
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const expected = async () => {
    const res = await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'gpt-4o-mini',
        messages: [{ role: 'user', content: 'Hello' }],
      }),
    })
    const answer = (await res.json()) as { choices: { message: { content: string } }[] }
    return answer.choices[0]!.message.content
  }

  it.skipIf(python === undefined && process.env['CI'] !== 'true')(
    'reads a stream with requests and iter_lines in Python',
    async () => {
      const loop = `
import requests
import json
api_key = '${KEY}'
response = requests.post(
    '${server.url}/v1/chat/completions',
    headers={'Authorization': f'Bearer {api_key}', 'Content-Type': 'application/json'},
    json={'model': 'gpt-4o-mini', 'messages': [{'role': 'user', 'content': 'Hello'}], 'stream': True},
    stream=True
)
for line in response.iter_lines():
    if line:
        line = line.decode('utf-8')
        if line.startswith('data: '):
            data = line[6:]
            if data != '[DONE]':
                chunk = json.loads(data)
                content = chunk['choices'][0]['delta'].get('content', '')
                print(content, end='')
`
      const { stdout } = await run(python ?? 'python3', ['-c', loop])
      expect(stdout).toBe(await expected())
    },
  )

  it('reads a stream with getReader and split in JavaScript', async () => {
    const response = await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${KEY}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({
        model: 'gpt-4o-mini',
        messages: [{ role: 'user', content: 'Hello' }],
        stream: true,
      }),
    })
    const reader = response.body!.getReader()
    const decoder = new TextDecoder()
    let text = ''
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      // As the manuals have it: each read is split by itself, so an event must never be spread over
      // two writes.
      for (const line of decoder.decode(value).split('\n')) {
        if (!line.startsWith('data: ')) continue
        const data = line.slice(6)
        if (data === '[DONE]') continue
        const chunk = JSON.parse(data) as { choices: { delta: { content?: string } }[] }
        text += chunk.choices[0]!.delta.content ?? ''
      }
    }
    expect(text).toBe(await expected())
  })
})
