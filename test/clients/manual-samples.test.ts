import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildApp } from '../../examples/gateway/src/app.ts'
import { readConfig } from '../../examples/gateway/src/config.ts'
import { listen } from '../support/hosts.ts'

const run = promisify(execFile)
const KEY = 'sk-samples-0123456789'

const found = await Promise.all(
  ['python3', '/usr/bin/python3'].map((file) =>
    run(file, ['-c', 'import requests']).then(
      () => [file],
      () => [],
    ),
  ),
)
const [python] = found.flat()
const curl = await run('curl', ['--version']).then(
  () => true,
  () => false,
)
const required = process.env['CI'] === 'true'
if (!curl) console.log('the curl samples need curl (Debian: curl)')
if (python === undefined)
  console.log('the Python samples need python3 with requests (Debian: python3-requests)')

const chat = {
  model: 'gpt-3.5-turbo',
  messages: [
    { role: 'system', content: '你是一个有用的AI助手。' },
    { role: 'user', content: '你好！请介绍一下自己。' },
  ],
  temperature: 0.7,
  max_tokens: 1000,
}
const embedding = { model: 'text-embedding-ada-002', input: '这是一段需要向量化的文本示例' }
const image = {
  model: 'gpt-image-1',
  prompt: '一只可爱的橙色小猫坐在阳光明媚的花园里',
  n: 1,
  size: '1024x1024',
  quality: 'hd',
}

interface Answer {
  readonly choices?: readonly { readonly message: { readonly content: string } }[]
  readonly data?: readonly { readonly embedding?: readonly number[] }[]
}

/**
 * What the relays' manuals show for each endpoint, with our address and key in the place of theirs.
 */
describe('the manuals’ samples', () => {
  let server: Awaited<ReturnType<typeof listen>>
  beforeAll(async () => {
    // eslint-disable-next-line typescript/no-misused-promises
    server = await listen(buildApp(readConfig({ SLUICE_API_KEYS: KEY })))
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const samples: [string, object, (answer: Answer) => unknown, unknown][] = [
    ['chat/completions', chat, (answer) => typeof answer.choices?.[0]?.message.content, 'string'],
    ['embeddings', embedding, (answer) => (answer.data?.[0]?.embedding?.length ?? 0) > 10, true],
    ['images/generations', image, (answer) => answer.data?.length, 1],
  ]

  it.skipIf(!curl && !required).each(samples)(
    'run with curl: %s',
    async (path, body, read, expected) => {
      const { stdout } = await run(
        'curl',
        [
          '-s',
          '-X',
          'POST',
          `${server.url}/v1/${path}`,
          '-H',
          `Authorization: Bearer ${KEY}`,
          '-H',
          'Content-Type: application/json',
          '-d',
          JSON.stringify(body),
        ],
        { maxBuffer: 1 << 26 },
      )
      expect(read(JSON.parse(stdout) as Answer)).toEqual(expected)
    },
  )

  it.skipIf(python === undefined && !required)(
    'run with Python’s requests: chat and embeddings',
    async () => {
      const sample = `
import requests
import json
headers = {"Authorization": "Bearer ${KEY}", "Content-Type": "application/json"}
response = requests.post("${server.url}/v1/chat/completions", headers=headers, json=${JSON.stringify(chat)})
result = response.json()
if response.status_code == 200:
    print(len(result["choices"][0]["message"]["content"]) > 0)
else:
    print(f"错误: {result}")
response = requests.post("${server.url}/v1/embeddings", headers=headers, json=${JSON.stringify(embedding)})
result = response.json()
if response.status_code == 200:
    embedding = result["data"][0]["embedding"]
    print(len(embedding) > 10 and len(embedding[:5]) == 5)
else:
    print(f"错误: {result}")
`
      const { stdout } = await run(python ?? 'python3', ['-c', sample], {
        env: { ...process.env, PYTHONIOENCODING: 'utf-8' },
      })
      expect(stdout.trim().split('\n')).toEqual(['True', 'True'])
    },
  )

  it('run with the Node client, required as the manuals do: chat, embeddings and images', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-samples-'))
    const file = join(folder, 'sample.cjs')
    const openai = JSON.stringify(
      import.meta
        .resolve('openai')
        .replace('file://', '')
        .replace(/\.mjs$/, '.js'),
    )
    await writeFile(
      file,
      `const OpenAI = require(${openai});
const client = new (OpenAI.default ?? OpenAI)({ apiKey: '${KEY}', baseURL: '${server.url}/v1' });
async function main() {
  const response = await client.chat.completions.create(${JSON.stringify(chat)});
  console.log(response.choices[0].message.content.length > 0);
  const vectors = await client.embeddings.create(${JSON.stringify(embedding)});
  console.log(vectors.data[0].embedding.length > 10);
  const pictures = await client.images.generate(${JSON.stringify(image)});
  console.log(pictures.data.length);
}
main();
`,
    )
    try {
      const { stdout } = await run(process.execPath, [file])
      expect(stdout.trim().split('\n')).toEqual(['true', 'true', '1'])
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
