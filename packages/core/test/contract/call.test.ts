import { call, withCall } from '@sluice/core'
import { describe, expect, it } from 'vitest'

const principal = { id: 'a', tenant: 'b' }
const params = { model: 'm', messages: [] }
const asked = call('chat.completions', params, {
  principal,
  headers: { a: '1' },
  body: Buffer.from('{}'),
})

describe('withCall', () => {
  it('changes what it is told to and nothing else', () => {
    const other = { model: 'n', messages: [] }
    const changed = withCall(asked, { params: other })
    expect(changed).toEqual({ ...asked, params: other })
    expect(asked.params).toBe(params)
  })

  it('shares the report, the request id and the gate', () => {
    const changed = withCall(asked, { model: 'n' })
    expect([
      changed.model,
      changed.report === asked.report,
      changed.requestId,
      changed.gate === asked.gate,
    ]).toEqual(['n', true, asked.requestId, true])
  })

  it('takes the principal away where it is told to, and only there', () => {
    expect(withCall(asked, { model: 'n' }).principal).toBe(principal)
    expect(withCall(asked, { principal: undefined }).principal).toBeUndefined()
  })

  it('keeps the bytes beside the params that they were parsed to', () => {
    const changed = withCall(asked, { params: { model: 'n', messages: [] } })
    expect(changed.body?.params).toBe(params)
    expect(changed.body?.params).not.toBe(changed.params)
  })
})
