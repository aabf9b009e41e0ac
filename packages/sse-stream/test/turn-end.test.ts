import { execFileSync } from 'node:child_process'
import { setImmediate } from 'node:timers/promises'
import { FlushScheduler } from '@sluice/sse-stream/node'
import { describe, expect, it } from 'vitest'

describe('FlushScheduler', () => {
  it('does what was put off once the turn has ended, in order, with what that puts off behind it', async () => {
    const turnEnd = new FlushScheduler()
    const done: string[] = []
    turnEnd.add(() => {
      done.push('first')
      turnEnd.add(() => done.push('third'))
    })
    turnEnd.add(() => done.push('second'))
    await Promise.resolve()
    expect(done).toEqual([])
    await setImmediate()
    expect(done).toEqual(['first', 'second', 'third'])
    turnEnd.add(() => done.push('next turn'))
    await setImmediate()
    expect(done).toHaveLength(4)
  })

  it('owes the others their turn where one of them throws', () => {
    const code = `
      import { FlushScheduler } from '@sluice/sse-stream/node'
      process.on('uncaughtException', (error) => console.log(error.message))
      const turnEnd = new FlushScheduler()
      turnEnd.add(() => { throw new Error('broken') })
      turnEnd.add(() => console.log('second'))`
    const options = ['--conditions=@sluice/source', '--input-type=module', '--eval', code]
    expect(
      execFileSync(process.execPath, options, { cwd: import.meta.dirname, encoding: 'utf8' }),
    ).toBe('broken\nsecond\n')
  })
})
