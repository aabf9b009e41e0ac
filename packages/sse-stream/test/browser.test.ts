import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as wait } from 'node:timers/promises'
import { rolldown } from 'rolldown'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { finish, say } from './answers.ts'

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const TEXT =
  '<think>The card is 4111111111111111.</think>I paid. The card was 4111111111111111. Done!'

/** The first Chromium on the path, or the one that `CHROMIUM` names. */
function findChromium(): string | undefined {
  const { CHROMIUM, PATH = '' } = process.env
  if (CHROMIUM !== undefined && CHROMIUM !== '') return CHROMIUM
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'chrome']
  return PATH.split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => existsSync(path))
}

async function bundle(entry: string): Promise<{ code: string; imports: string[] }> {
  const build = await rolldown({
    input: fileURLToPath(new URL(entry, import.meta.url)),
    platform: 'browser',
    resolve: { conditionNames: ['@sluice/source', 'browser', 'import', 'default'] },
    logLevel: 'silent',
  })
  const { output } = await build.generate({ format: 'esm', minify: true })
  await build.close()
  const chunks = output.filter((file) => file.type === 'chunk')
  return {
    code: chunks.map(({ code }) => code).join('\n'),
    imports: chunks.flatMap((chunk) => chunk.imports),
  }
}

async function streamAnswer(res: ServerResponse): Promise<void> {
  res.writeHead(200, { 'content-type': 'text/event-stream' })
  const pieces = TEXT.match(/.{1,5}/g)!.map((piece) => `data: ${JSON.stringify(say(piece))}\n\n`)
  const whole = [...pieces, `data: ${JSON.stringify(finish())}\n\n`, 'data: [DONE]\n\n'].join('')
  for (const part of whole.match(/[^]{1,700}/g)!) {
    res.write(part)
    await wait(1)
  }
  res.end()
}

const chromium = findChromium()
const isCI = process.env['CI'] === 'true'
if (chromium === undefined && !isCI)
  console.warn('skipped: the browser test needs Chromium on the PATH or its path in CHROMIUM')

describe('in a browser', () => {
  it('bundles without anything of Node', async () => {
    const { imports, code } = await bundle('./fixtures/browser-page.ts')
    expect(imports).toEqual([])
    expect(code).not.toMatch(/["']node:/)
    expect(code).not.toMatch(/(?<![.\w$])(?:Buffer|process|require)(?:\.|\()/)
  })

  describe.skipIf(chromium === undefined && !isCI)('in Chromium', () => {
    let server: Server
    let profile: string
    let browser: ChildProcess | undefined
    let report: (body: string) => void
    const reported = new Promise<string>((resolve) => (report = resolve))

    beforeAll(async () => {
      const { code } = await bundle('./fixtures/browser-page.ts')
      const page = `<!doctype html><script type="module">
        import { pipeline } from '/bundle.js'
        const send = (result) => fetch('/result', { method: 'POST', body: JSON.stringify(result) })
        pipeline('/stream').then(send, (error) => send({ error: String(error?.stack ?? error) }))
      </script>`
      server = createServer((req, res) => {
        if (req.url === '/bundle.js')
          res.writeHead(200, { 'content-type': 'text/javascript' }).end(code)
        else if (req.url === '/stream') void streamAnswer(res)
        else if (req.url === '/result') {
          let body = ''
          req.setEncoding('utf8')
          req.on('data', (text: string) => (body += text))
          req.on('end', () => {
            res.end()
            report(body)
          })
        } else res.writeHead(200, { 'content-type': 'text/html' }).end(page)
      }).listen(0, '127.0.0.1')
      await once(server, 'listening')
      profile = await mkdtemp(join(tmpdir(), 'sluice-browser-'))
    })

    afterAll(async () => {
      // Chromium is several processes; the group goes as one.
      if (browser?.pid !== undefined && browser.exitCode === null) {
        const gone = once(browser, 'exit')
        process.kill(-browser.pid, 'SIGKILL')
        await gone
      }
      server.closeAllConnections()
      server.close()
      await rm(profile, { recursive: true, force: true, maxRetries: 5 })
    })

    it('runs a pipeline over fetch, and the doors', async () => {
      expect(chromium, 'CI needs Chromium on the PATH or its path in CHROMIUM').toBeDefined()
      const { port } = server.address() as AddressInfo
      browser = spawn(
        chromium!,
        [
          ...FLAGS,
          `--user-data-dir=${profile}`,
          '--remote-debugging-port=0',
          `http://127.0.0.1:${port}/`,
        ],
        {
          detached: true,
          stdio: 'ignore',
        },
      )
      const failed = once(browser, 'exit').then(
        ([status]) => `{"error":"Chromium ended with ${String(status)}"}`,
      )
      const result: unknown = JSON.parse(await Promise.race([reported, failed]))
      expect(result).toEqual({
        thoughts: 'The card is [card_1].',
        sentences: ['I paid. ', 'The card was [card_1]. ', 'Done!'],
        message: {
          role: 'assistant',
          content: 'I paid. The card was [card_1]. Done!',
          reasoning_content: 'The card is [card_1].',
          refusal: null,
        },
        text: TEXT,
        json: { a: [1, 2] },
        leaves: true,
      })
    }, 60_000)
  })
})
