import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { bearerAuth } from '@sluice/auth'
import { attachResponsesSocket, endpoints, notFound } from '@sluice/endpoints'
import { openaiCompatible } from '@sluice/providers'
import { rateLimit } from '@sluice/rate-limit'
import { modelRouter } from '@sluice/router'
import express from 'express'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { agents, type Agent } from './agents.ts'
import { startScriptedVendor } from './scripted-vendor.ts'

const KEY = 'sk-agents-0123456789'
const work = mkdtempSync(join(tmpdir(), 'agents-'))

/**
 * Where the agents' packages are: in the folder that `AGENTS_BIN` names, else anywhere on the path.
 * They take a gigabyte, so that they are no dependencies.
 */
const folders = [process.env['AGENTS_BIN'] ?? '', ...(process.env['PATH'] ?? '').split(delimiter)]
const commandOf = ({ command }: Agent) =>
  folders.map((folder) => join(folder, command)).find((path) => existsSync(path))

const missing = agents.filter((agent) => commandOf(agent) === undefined)
if (missing.length > 0) {
  const packages = [...new Set(missing.map((agent) => agent.package))].join(', ')
  console.log(`test/agents skips what is not installed: ${packages}.`)
}

let vendor: Awaited<ReturnType<typeof startScriptedVendor>>
let relay: Server
let origin: string
let detach: () => void
let handshakes = 0

beforeAll(async () => {
  vendor = await startScriptedVendor(work)
  const provider = openaiCompatible({ id: 'scripted', baseURL: vendor.url, apiKey: 'sk-vendor' })
  const app = express()
  app.use(
    ['/v1', '/v1beta'],
    bearerAuth({ keys: [{ id: 'agent', tenant: 'agents', key: KEY }] }),
    rateLimit({ requestsPerMinute: 600 }),
    endpoints(modelRouter({ '*': provider }), { dialects: ['openai', 'anthropic', 'gemini'] }),
    notFound(),
  )
  relay = createServer(app)
  detach = attachResponsesSocket(relay, '/v1/responses')
  relay.on('upgrade', () => handshakes++)
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(relay.address() as { port: number }).port}`
})

afterAll(() => {
  detach()
  for (const server of [relay, vendor.server]) {
    server.closeAllConnections()
    server.close()
  }
  rmSync(work, { recursive: true, force: true })
})

describe('agents at a relay in front of a vendor that speaks chat alone', () => {
  for (const agent of agents) {
    it.skipIf(commandOf(agent) === undefined)(
      `${agent.name} finishes a task with a tool call`,
      async () => {
        rmSync(join(work, 'hello.txt'), { force: true })
        const home = mkdtempSync(join(work, 'home-'))
        for (const [path, text] of Object.entries(agent.files(origin))) {
          mkdirSync(dirname(join(home, path)), { recursive: true })
          writeFileSync(join(home, path), text)
        }
        const { code, output } = await run(commandOf(agent)!, agent.args, {
          PATH: process.env['PATH'] ?? '',
          HOME: home,
          TERM: 'dumb',
          LANG: 'C.UTF-8',
          ...agent.env(origin, KEY),
        })
        expect({ code, output }).toMatchObject({ code: 0 })
        expect(output).toContain('All done.')
        expect(readFileSync(join(work, 'hello.txt'), 'utf8')).toBe('hi')
        if (agent.name.endsWith('socket')) expect(handshakes).toBe(1)
      },
      120_000,
    )
  }
})

/** Runs a command in the working folder to its end, which comes within two minutes. */
function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: work, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const timer = setTimeout(() => child.kill('SIGKILL'), 110_000)
    let output = ''
    const take = (piece: unknown) => (output += String(piece))
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code, output })
    })
  })
}
