import type { ServerResponse } from 'node:http'
import { upstream } from './upstream.ts'

type Json = Readonly<Record<string, unknown>>

/** What a scripted model does: say a text, call functions, or both. */
export interface ScriptedTurn {
  readonly text?: string
  readonly calls?: readonly { readonly name: string; readonly arguments: string }[]
}

/** A request as the model sees it, whatever the dialect. */
export interface SeenRequest {
  readonly path: string
  readonly body: Json
  /** Names of the functions that it may call. */
  readonly tools: readonly string[]
}

/**
 * A vendor on loopback that plays turn after turn in the dialect of whoever asks: OpenAI's chat,
 * Anthropic's messages or Gemini's contents, streamed or whole.
 */
export async function scriptedVendor(...turns: readonly ScriptedTurn[]) {
  const seen: SeenRequest[] = []
  const server = await upstream((req, res, text) => {
    const body = JSON.parse(text) as Json
    const path = req.url!
    const turn = turns[seen.length] ?? { text: 'Nothing more.' }
    const dialect = path.includes('enerateContent')
      ? GEMINI
      : path.endsWith('/messages')
        ? ANTHROPIC
        : CHAT
    seen.push({ path, body, tools: dialect.tools(body) })
    const isStreamed = body['stream'] === true || path.includes(':stream')
    if (isStreamed) dialect.stream(res, turn)
    else
      res
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify(dialect.whole(turn)))
  })
  return { seen, baseURL: server.url, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

interface Dialect {
  tools(body: Json): string[]
  whole(turn: ScriptedTurn): Json
  stream(res: ServerResponse, turn: ScriptedTurn): void
}

const pieces = (text: string) => text.match(/.{1,7}/gs) ?? []
const namesOf = (tools: unknown, nameOf: (tool: Json) => unknown) =>
  ((tools ?? []) as Json[]).map((tool) => String(nameOf(tool)))

function send(res: ServerResponse, events: readonly Json[], isNamed: boolean): void {
  res.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const event of events) {
    if (isNamed) res.write(`event: ${String(event['type'])}\n`)
    res.write(`data: ${JSON.stringify(event)}\n\n`)
  }
}

const usage = { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 }
const head = { id: 'chatcmpl-1', created: 1_700_000_000, model: 'm' }
const CHAT: Dialect = {
  tools: ({ tools }) => namesOf(tools, (tool) => (tool['function'] as Json)['name']),
  whole: ({ text, calls }) => ({
    ...head,
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: text ?? null,
          ...(calls && {
            tool_calls: calls.map((call, at) => ({
              id: `call_${at}`,
              type: 'function',
              function: call,
            })),
          }),
        },
        finish_reason: calls ? 'tool_calls' : 'stop',
      },
    ],
    usage,
  }),
  stream(res, { text, calls }) {
    const chunk = (delta: Json, finish: string | null = null) => ({
      ...head,
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, finish_reason: finish }],
    })
    const ofCalls = (calls ?? []).flatMap(({ name, arguments: given }, index) => [
      {
        index,
        id: `call_${index}`,
        type: 'function',
        function: { name, arguments: '' },
      },
      ...pieces(given).map((piece) => ({ index, function: { arguments: piece } })),
    ])
    send(
      res,
      [
        ...pieces(text ?? '').map((piece) => chunk({ content: piece })),
        ...ofCalls.map((call) => chunk({ tool_calls: [call] })),
        chunk({}, calls ? 'tool_calls' : 'stop'),
        { ...head, object: 'chat.completion.chunk', choices: [], usage },
      ],
      false,
    )
    res.end('data: [DONE]\n\n')
  },
}

const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm' }
const spent = { input_tokens: 5, output_tokens: 7 }
const ANTHROPIC: Dialect = {
  tools: ({ tools }) => namesOf(tools, (tool) => tool['name']),
  whole: ({ text, calls }) => ({
    ...message,
    content: [
      ...(text === undefined ? [] : [{ type: 'text', text }]),
      ...(calls ?? []).map((call, at) => ({
        type: 'tool_use',
        id: `toolu_${at}`,
        name: call.name,
        input: JSON.parse(call.arguments) as unknown,
      })),
    ],
    stop_reason: calls ? 'tool_use' : 'end_turn',
    usage: spent,
  }),
  stream(res, { text, calls }) {
    const blocks = [
      ...(text === undefined
        ? []
        : [
            {
              start: { type: 'text', text: '' },
              deltas: pieces(text).map((piece) => ({ type: 'text_delta', text: piece })),
            },
          ]),
      ...(calls ?? []).map((call, at) => ({
        start: { type: 'tool_use', id: `toolu_${at}`, name: call.name, input: {} },
        deltas: pieces(call.arguments).map((piece) => ({
          type: 'input_json_delta',
          partial_json: piece,
        })),
      })),
    ]
    send(
      res,
      [
        { type: 'message_start', message: { ...message, content: [], usage: spent } },
        ...blocks.flatMap(({ start, deltas }, index) => [
          { type: 'content_block_start', index, content_block: start },
          ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
          { type: 'content_block_stop', index },
        ]),
        {
          type: 'message_delta',
          delta: { stop_reason: calls ? 'tool_use' : 'end_turn', stop_sequence: null },
          usage: spent,
        },
        { type: 'message_stop' },
      ],
      true,
    )
    res.end()
  },
}

const GEMINI: Dialect = {
  tools: ({ tools }) =>
    ((tools ?? []) as { functionDeclarations?: Json[] }[]).flatMap(
      ({ functionDeclarations: declared }) => namesOf(declared, (tool) => tool['name']),
    ),
  whole: ({ text, calls }) => ({
    candidates: [
      {
        index: 0,
        content: {
          role: 'model',
          parts: [
            ...(text === undefined ? [] : [{ text }]),
            ...(calls ?? []).map(({ name, arguments: given }) => ({
              functionCall: { name, args: JSON.parse(given) as unknown },
            })),
          ],
        },
        finishReason: 'STOP',
      },
    ],
    usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 7, totalTokenCount: 12 },
    modelVersion: 'm',
    responseId: 'r1',
  }),
  stream(res, turn) {
    send(res, [GEMINI.whole(turn)], false)
    res.end()
  },
}
