import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { call } from '@sluice/core'
import type { ResponseCreateParams, ResponseItem } from '@sluice/core/wire'
import { openaiCompatible, type ProviderOptions } from '@sluice/providers'
import { anthropic } from '@sluice/providers/anthropic'
import { deepseek } from '@sluice/providers/deepseek'
import { gemini } from '@sluice/providers/gemini'
import { groq } from '@sluice/providers/groq'
import { iflow } from '@sluice/providers/iflow'
import { mistral } from '@sluice/providers/mistral'
import { moonshot } from '@sluice/providers/moonshot'
import { ollama } from '@sluice/providers/ollama'
import { openrouter } from '@sluice/providers/openrouter'
import { qwen } from '@sluice/providers/qwen'
import { vllm } from '@sluice/providers/vllm'
import { lastValueFrom } from 'rxjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const message = (role: string, ...texts: string[]): ResponseItem => ({
  type: 'message',
  id: 'msg_1',
  role,
  content: texts.map((text) => ({
    type: role === 'assistant' ? 'output_text' : 'input_text',
    text,
  })),
})
const fn = (name: string) => ({
  type: 'function',
  name,
  description: 'Does.',
  strict: false,
  parameters: { type: 'object', properties: { cmd: { type: 'string' } }, required: ['cmd'] },
})
const grammar = { type: 'grammar', syntax: 'lark', definition: 'start: "x"' }
const custom = { type: 'custom', name: 'apply_patch', description: 'Edits.', format: grammar }
const namespace = {
  type: 'namespace',
  name: 'agents',
  description: 'Others.',
  tools: [fn('list'), custom],
}
const search = { type: 'web_search', external_web_access: true, search_content_types: ['text'] }
const toolSearch = {
  type: 'tool_search',
  execution: 'client',
  parameters: { type: 'object', properties: {} },
}
const usual = {
  model: 'm',
  tool_choice: 'auto',
  parallel_tool_calls: true,
  reasoning: { effort: 'low', summary: 'auto', context: 'all_turns' },
  store: false,
  include: ['reasoning.encrypted_content'],
  prompt_cache_key: 'k',
  text: { verbosity: 'low' },
  client_metadata: { session: 's' },
}
const began = [
  message('developer', 'One.', 'Two.'),
  message('developer', 'Three.'),
  message('user', 'Four.'),
  message('user', 'Go.'),
]
const picture = { type: 'input_image', image_url: 'data:image/png;base64,iVBORw0KGgo=' }

/**
 * What coding agents send: tools in each of their places, and their history with calls of each
 * kind.
 */
const BODIES: Readonly<Record<string, ResponseCreateParams>> = {
  'flat tools': {
    ...usual,
    input: began,
    tools: [fn('exec'), custom, toolSearch, namespace, search],
  },
  'tools in the input': {
    ...usual,
    input: [{ type: 'additional_tools', role: 'developer', tools: [namespace] }, ...began],
  },
  'calls and their outputs': {
    ...usual,
    tools: [fn('exec')],
    input: [
      ...began,
      { type: 'reasoning', id: 'rs_1', summary: [], content: null, encrypted_content: 'x' },
      { ...message('assistant', 'I look.'), phase: 'commentary' },
      { type: 'function_call', call_id: 'a', name: 'exec', arguments: '{"cmd":"ls"}' },
      { type: 'function_call', call_id: 'b', name: 'list', namespace: 'agents', arguments: '{}' },
      {
        type: 'custom_tool_call',
        call_id: 'c',
        name: 'apply_patch',
        namespace: 'functions',
        input: '*** Begin',
      },
      {
        type: 'tool_search_call',
        call_id: 'd',
        execution: 'client',
        status: 'completed',
        arguments: { query: 'q' },
      },
      {
        type: 'local_shell_call',
        call_id: 'e',
        status: 'completed',
        action: { type: 'exec', command: ['ls'] },
      },
      {
        type: 'function_call_output',
        id: 'fco_1',
        call_id: 'a',
        output: [{ type: 'input_text', text: 'a b' }, picture],
      },
      { type: 'function_call_output', call_id: 'b', output: 'none' },
      {
        type: 'custom_tool_call_output',
        id: 'ctco_1',
        call_id: 'c',
        output: [{ type: 'input_text', text: 'ok' }],
      },
      {
        type: 'tool_search_output',
        call_id: 'd',
        execution: 'client',
        status: 'completed',
        tools: [],
      },
      { type: 'function_call_output', call_id: 'e', output: 'x' },
      { type: 'web_search_call', status: 'completed', action: { type: 'search', query: 'q' } },
    ],
  },
  'a history that was compacted': {
    ...usual,
    tools: [fn('exec'), search],
    input: [
      ...began,
      { type: 'compaction', id: 'cmp_1', encrypted_content: 'x' },
      message('user', 'On.'),
    ],
  },
  'a request to compact': {
    ...usual,
    tools: [],
    input: [...began, { type: 'compaction_trigger' }],
  },
  'messages without a type': {
    ...usual,
    tools: [fn('exec'), custom],
    truncation: 'auto',
    input: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Go.' },
    ] as unknown as ResponseItem[],
  },
}

type Sent = Readonly<Record<string, unknown>>
const alike = (options: ProviderOptions & { baseURL: string }) =>
  openaiCompatible({ ...options, id: 'alike' })
const ALIKES = { alike, deepseek, groq, iflow, mistral, moonshot, ollama, openrouter, qwen, vllm }
const OTHERS = { anthropic, gemini }

describe('what coding agents send', () => {
  const seen: Sent[] = []
  const server = createServer((req, res) => {
    let text = ''
    req.on('data', (part: Buffer) => (text += String(part)))
    req.on('end', () => {
      seen.push(JSON.parse(text) as Sent)
      res
        .writeHead(400, { 'content-type': 'application/json' })
        .end('{"error":{"message":"Seen."}}')
    })
  })
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))
  afterAll(() => new Promise((resolve) => server.close(resolve)))

  async function sent(
    make: (typeof ALIKES | typeof OTHERS)[never],
    body: ResponseCreateParams,
  ): Promise<Sent> {
    const { port } = server.address() as AddressInfo
    const provider = (make as typeof alike)({ apiKey: 'k', baseURL: `http://127.0.0.1:${port}` })
    const before = seen.length
    await expect(
      lastValueFrom(provider(call('responses.create', { ...body, stream: true }))),
    ).rejects.toThrow('Seen.')
    expect(seen.length).toBe(before + 1)
    return seen.at(-1)!
  }

  const cases = (makers: object) =>
    Object.entries(makers).flatMap(([name, make]) =>
      Object.entries(BODIES).map(([what, body]) => [name, what, make, body] as const),
    )

  it.each(cases(OTHERS))('reaches %s: %s', async (_name, _what, make, body) => {
    expect(JSON.stringify(await sent(make as never, body))).toContain('Go.')
  })

  it.each(cases(ALIKES))('reaches %s in order: %s', async (_name, _what, make, body) => {
    const request = await sent(make as never, body)
    const messages = request['messages'] as {
      role: string
      tool_calls?: { id: string }[]
      tool_call_id?: string
    }[]
    const roles = messages.map(({ role }) => role)
    expect(roles).not.toContain('developer')
    expect(roles.lastIndexOf('system')).toBeLessThan(1)
    for (const [at, { tool_calls: calls = [] }] of messages.entries()) {
      const results = messages.slice(at + 1, at + 1 + calls.length)
      expect(results.map((result) => result.tool_call_id)).toEqual(calls.map(({ id }) => id))
    }
    const tools = (request['tools'] ?? []) as { type: string; function: { name: string } }[]
    for (const tool of tools) expect(tool.type).toBe('function')
    expect(new Set(tools.map((tool) => tool.function.name)).size).toBe(tools.length)
    for (const name of ['input', 'include', 'reasoning', 'text', 'client_metadata'])
      expect(request[name]).toBeUndefined()
  })
})
