import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const VERSION = '1.15.2'
const folder = join(tmpdir(), `sluice-bench-portkey-${VERSION}`)
const server = join(folder, 'node_modules/@portkey-ai/gateway/build/start-server.js')

/**
 * Portkey's gateway from npm, in a folder of its own outside the repository. It streams only with
 * the older server package that is named here. Gives the file to run; `undefined`, having said why,
 * where it cannot be installed.
 */
export async function installPortkey(): Promise<string | undefined> {
  if (existsSync(server)) return server
  mkdirSync(folder, { recursive: true })
  const overrides = { '@hono/node-server': '1.13.7', hono: '4.9.7' }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, overrides }))
  try {
    await promisify(execFile)(
      'npm',
      ['install', '--no-audit', '--no-fund', `@portkey-ai/gateway@${VERSION}`],
      {
        cwd: folder,
      },
    )
    return server
  } catch (error) {
    console.error(
      `portkey is left out, npm could not install it: ${(error as Error).message.split('\n')[0]}`,
    )
    return undefined
  }
}

/** The headers by which it learns whom to ask. */
export function portkeyHeaders(vendor: string, model: string): Record<string, string> {
  return {
    'x-portkey-provider': model.startsWith('claude-') ? 'anthropic' : 'openai',
    'x-portkey-custom-host': `${vendor}/v1`,
  }
}
