import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import * as operators from '@sluice/sse-stream'
import * as doors from '@sluice/sse-stream/node'
import { of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { answerOf } from './answers.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

describe('the README', () => {
  it('has an example that runs as it stands', async () => {
    const [, example = ''] = /```ts\n([^]*?)```/.exec(readme) ?? []
    const code = stripTypeScriptTypes(example).replace(
      /import (\{[^}]*\}) from '@sluice\/sse-stream'/,
      'const $1 = operators',
    )
    const body = operators.toReadableStream(
      of(...answerOf(['<think>hm</think>It is 411111', '1111111111.', ' Paid!'])).pipe(
        operators.toSse(),
      ),
    )
    // The example is code of ours, and the only way to run it as it stands.
    // oxlint-disable-next-line typescript/no-implied-eval
    const run = new Function(
      'operators',
      'fetch',
      'url',
      'init',
      'speak',
      'report',
      `return (async () => { ${code} })()`,
    )
    const spoken = await new Promise<string[]>((resolve, reject) => {
      const sentences: string[] = []
      const speak = (sentence: string) => {
        sentences.push(sentence)
        if (sentence === 'Paid!') resolve(sentences)
      }
      run(operators, async () => new Response(body), '', {}, speak, reject)
    })
    expect(spoken).toEqual(['It is [card_1]. ', 'Paid!'])
  })

  it('names everything that the operators and the Node doors export', () => {
    for (const name of [...Object.keys(operators), ...Object.keys(doors)]) {
      if (name !== 'writeResponse') expect(readme).toContain(`\`${name}`)
    }
  })

  it('names no operator that does not exist', () => {
    const named = [...readme.matchAll(/^\| `(\w+)[(<`]/gm)]
      .map(([, name]) => name!)
      .filter((name) => !/^ERR_|_/.test(name))
    for (const name of named) expect(Object.keys({ ...operators, ...doors })).toContain(name)
  })
})
