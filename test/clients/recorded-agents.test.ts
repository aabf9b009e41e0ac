import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { endpoints, mount } from '@sluice/endpoints'
import { openaiCompatible, type Provider } from '@sluice/providers'
import { anthropic } from '@sluice/providers/anthropic'
import { gemini } from '@sluice/providers/gemini'
import OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { scriptedVendor, type ScriptedTurn } from '../../packages/providers/test/scripted-vendor.ts'

type Body = Readonly<Record<string, unknown>>
const packages = new URL('../../packages/', import.meta.url)
const recorded = (path: string) => JSON.parse(readFileSync(new URL(path, packages), 'utf8')) as Body
const codex = (name: string) => recorded(`providers/test/fixtures/agents/${name}.json`)
const cursor = (name: string) => recorded(`endpoints/test/fixtures/${name}.json`)

const VENDORS: Readonly<Record<string, (baseURL: string) => Provider>> = {
  anthropic: (baseURL) => anthropic({ baseURL, apiKey: 'k' }),
  gemini: (baseURL) => gemini({ baseURL, apiKey: 'k' }),
  'an alike': (baseURL) => openaiCompatible({ id: 'alike', baseURL, apiKey: 'k' }),
}

/** A gateway before a vendor that plays turns. */
async function gateway(make: (baseURL: string) => Provider, ...turns: ScriptedTurn[]) {
  const vendor = await scriptedVendor(...turns)
  const server = createServer(mount('/v1', endpoints(make(vendor.baseURL))))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  return {
    base,
    seen: vendor.seen,
    async post(path: string, body: Body) {
      const answer = await fetch(base + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      return { status: answer.status, headers: answer.headers, text: await answer.text() }
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await vendor[Symbol.asyncDispose]()
    },
  }
}

const eventsOf = (text: string) =>
  text
    .split('\n\n')
    .filter((frame) => frame.includes('data: {'))
    .map((frame) => JSON.parse(frame.slice(frame.indexOf('data: ') + 6)) as Body)

describe.each(Object.entries(VENDORS))('agents before %s', (_name, make) => {
  it.each([
    'codex.1',
    'codex.2',
    'codex-gpt-5.5.1',
    'codex-gpt-5.5.2',
    'codex-gpt-5.6.1',
    'codex-gpt-5.6.2',
    'codex-gpt-6.2.1',
    'codex-namespace.1',
    'codex-tool-search.2',
    'codex-compact-v2.2',
    'codex-compact-v2.3',
  ])('are answered what Codex asks: %s', async (file) => {
    await using gate = await gateway(make, { text: 'All done.' })
    const { status, text } = await gate.post('/responses', codex(file))
    expect([status, text]).toEqual([200, expect.stringContaining('response.completed')])
  })

  it('are answered in chunks what Cursor asks of chat in the form of a response', async () => {
    await using gate = await gateway(
      make,
      { calls: [{ name: 'ApplyPatch', arguments: '{"input":"*** Begin\\n"}' }] },
      { text: 'All done.' },
    )
    const first = await gate.post('/chat/completions', cursor('cursor.1'))
    expect(first.status).toBe(200)
    expect(first.text.endsWith('data: [DONE]\n\n')).toBe(true)
    expect(gate.seen[0]!.tools).toEqual(['Shell', 'Read', 'ApplyPatch'])
    const chunks = eventsOf(first.text) as { choices: Body[]; usage?: Body }[]
    expect(chunks.every((chunk) => (chunk as Body)['object'] === 'chat.completion.chunk')).toBe(
      true,
    )
    const calls = chunks.flatMap(
      ({ choices }) =>
        ((choices[0]?.['delta'] as Body | undefined)?.['tool_calls'] ?? []) as Body[],
    )
    expect(calls[0]).toMatchObject({ type: 'custom', custom: { name: 'ApplyPatch' } })
    expect(calls.map(({ custom }) => (custom as { input: string }).input).join('')).toBe(
      '*** Begin\n',
    )
    expect(chunks.at(-1)!.usage).toMatchObject({ total_tokens: 12 })

    const { text, status } = await gate.post('/chat/completions', {
      ...cursor('cursor.2'),
      stream: false,
    })
    expect([status, JSON.parse(text)]).toMatchObject([
      200,
      { object: 'chat.completion', choices: [{ message: { content: 'All done.' } }] },
    ])
    expect(JSON.stringify(gate.seen[1]!.body)).toContain('*** Add File: hello.txt')
  })
})

describe('the official OpenAI client', () => {
  it('puts calls of every kind together from their events', async () => {
    const calls = [
      { name: 'patch', arguments: '{"input":"+hi\\n"}' },
      { name: 'agents__list', arguments: '{"path":"/"}' },
      { name: 'shell', arguments: '{"commands":["ls"]}' },
      { name: 'apply_patch', arguments: '{"type":"delete_file","path":"a"}' },
      { name: 'local_shell', arguments: '{"command":["ls"]}' },
      { name: 'tool_search', arguments: '{"query":"q"}' },
    ]
    await using gate = await gateway(VENDORS['an alike']!, { text: 'I look.', calls })
    const client = new OpenAI({ apiKey: 'k', baseURL: gate.base, maxRetries: 0 })
    const stream = client.responses.stream({
      model: 'm',
      input: 'Go.',
      tools: [
        { type: 'custom', name: 'patch' },
        {
          type: 'namespace',
          name: 'agents',
          description: 'Others.',
          tools: [{ type: 'function', name: 'list', parameters: { type: 'object' } }],
        },
        { type: 'shell' },
        { type: 'apply_patch' },
        { type: 'local_shell' },
        { type: 'tool_search', execution: 'client' },
      ],
    })
    const inputs: string[] = []
    stream.on('event', (event) => {
      if (event.type === 'response.custom_tool_call_input.delta') inputs.push(event.delta)
    })
    const { output, output_text: text } = await stream.finalResponse()
    expect(text).toBe('I look.')
    expect(inputs.join('')).toBe('+hi\n')
    expect(output).toMatchObject([
      { type: 'message' },
      { type: 'custom_tool_call', name: 'patch', input: '+hi\n' },
      { type: 'function_call', name: 'list', namespace: 'agents', arguments: '{"path":"/"}' },
      { type: 'shell_call', action: { commands: ['ls'] } },
      { type: 'apply_patch_call', operation: { type: 'delete_file', path: 'a' } },
      { type: 'local_shell_call', action: { type: 'exec', command: ['ls'] } },
      { type: 'tool_search_call', execution: 'client', arguments: { query: 'q' } },
    ])
  })
})

describe('a body of a response that comes to chat', () => {
  const post = async (body: Body) => {
    await using gate = await gateway(VENDORS['an alike']!, { text: 'Yes.' })
    const { status, headers, text } = await gate.post('/chat/completions', body)
    const { error } = JSON.parse(text) as { error?: { param: string } }
    return { status, param: error?.param, drops: headers.get('x-sluice-dropped-params') }
  }

  it.each<[string | undefined, Body]>([
    ['input[0].role', { input: [{ type: 'message', role: 'critic', content: 'x' }] }],
    ['input[0].content[0].type', { input: [{ role: 'user', content: [{ type: 'video' }] }] }],
    ['tools[0].name', { input: 'x', tools: [{ type: 'custom' }] }],
    ['max_output_tokens', { input: 'x', max_output_tokens: 0 }],
    ['input', { input: 5 }],
    ['messages', {}],
    ['messages', { input: null, messages: [] }],
  ])('is told that %s is wrong, by its own names', async (param, body) => {
    expect(await post({ model: 'm', ...body })).toMatchObject({ status: 400, param })
  })

  it('is told what is left out', async () => {
    const body = { model: 'm', input: 'Hi', tools: [{ type: 'web_search' }], truncation: 'auto' }
    expect(await post(body)).toEqual({
      status: 200,
      param: undefined,
      drops: 'tools.web_search, truncation',
    })
  })
})
