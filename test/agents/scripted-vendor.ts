import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

/** A request as the vendor got it, as far as its script looks at it. */
interface ChatRequest {
  readonly model: string
  readonly stream?: boolean
  readonly messages: readonly { readonly role: string }[]
  readonly tools?: readonly { readonly function: { readonly name: string } }[]
}

/** What agents call the tool that makes a file, and what it takes. */
const WRITES: ReadonlyMap<string, (folder: string) => object> = new Map<
  string,
  (folder: string) => object
>([
  ['Write', (folder) => ({ file_path: `${folder}/hello.txt`, content: 'hi' })],
  ['write_file', (folder) => ({ file_path: `${folder}/hello.txt`, content: 'hi' })],
  ['exec_command', (folder) => ({ cmd: `printf hi > ${folder}/hello.txt` })],
  ['exec', (folder) => ({ input: execScript(folder) })],
])

/** Codex's own tool runs JavaScript; its grammar is told in its description. */
function execScript(folder: string): string {
  return `const r = await tools.exec_command({cmd: "printf hi > ${folder}/hello.txt"}); text(r.output);`
}

/**
 * Starts a vendor that speaks chat alone: it calls the tool that makes a file, once, and says "All
 * done." when it has seen the result. `folder` is where the file is to be made.
 */
export async function startScriptedVendor(
  folder: string,
): Promise<{ readonly server: Server; readonly url: string; readonly requests: ChatRequest[] }> {
  const requests: ChatRequest[] = []
  const server = createServer((req, res) => void answer(req, res, folder, requests))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return { server, url: `http://127.0.0.1:${port}`, requests }
}

async function answer(
  req: IncomingMessage,
  res: ServerResponse,
  folder: string,
  requests: ChatRequest[],
): Promise<void> {
  let text = ''
  for await (const piece of req.setEncoding('utf8')) text += String(piece)
  if (!(req.url ?? '').endsWith('/chat/completions')) {
    res.writeHead(404, { 'content-type': 'application/json' })
    return void res.end('{"error":{"message":"Not found.","type":"invalid_request_error"}}')
  }
  const request = JSON.parse(text) as ChatRequest
  requests.push(request)
  const message = reply(request, folder)
  const base = { id: `chatcmpl-${requests.length}`, created: 1_780_000_000, model: request.model }
  const usage = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 }
  const reason = 'tool_calls' in message ? 'tool_calls' : 'stop'
  if (request.stream !== true) {
    const choices = [{ index: 0, message, finish_reason: reason, logprobs: null }]
    res.writeHead(200, { 'content-type': 'application/json' })
    return void res.end(JSON.stringify({ ...base, object: 'chat.completion', choices, usage }))
  }
  res.writeHead(200, { 'content-type': 'text/event-stream' })
  const say = (choices: object[], more: object = {}) =>
    res.write(
      `data: ${JSON.stringify({ ...base, object: 'chat.completion.chunk', choices, ...more })}\n\n`,
    )
  say([{ index: 0, delta: message, finish_reason: null }])
  say([{ index: 0, delta: {}, finish_reason: reason }])
  say([], { usage })
  res.end('data: [DONE]\n\n')
}

function reply({ messages, tools = [] }: ChatRequest, folder: string): object {
  const isDone = messages.some(({ role }) => role === 'tool')
  const names = tools.map((tool) => tool.function.name)
  const name = names.find((one) => WRITES.has(baseName(one)))
  if (isDone || name === undefined) return { role: 'assistant', content: 'All done.' }
  const input = WRITES.get(baseName(name))!(folder)
  const call = { name, arguments: JSON.stringify(input) }
  return {
    role: 'assistant',
    content: null,
    tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: call }],
  }
}

/** A tool of a namespace comes with that in front of its name. */
function baseName(name: string): string {
  return name.split(/__|\./).at(-1)!
}
