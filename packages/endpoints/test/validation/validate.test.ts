import { ApiError } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { routes } from '../../src/dialects/openai-routes.ts'
import { paramsCheck } from '../../src/validation/validate.ts'
import type { z } from 'zod'

function verdict(schema: z.ZodObject, params: Record<string, unknown>): string {
  try {
    paramsCheck(schema)(params)
    return 'passes'
  } catch (error) {
    return ApiError.from(error).message
  }
}

const VALUES: readonly unknown[] = [
  undefined,
  null,
  '',
  'text',
  -1,
  0,
  0.5,
  1e12,
  true,
  [],
  [[]],
  [null],
  {},
  { type: 1 },
]

describe('the check of params', () => {
  it.each(Object.entries(routes).filter(([, { schema }]) => schema !== undefined))(
    'says at %s of fields looked at one by one what it says of the whole',
    (_path, { schema }) => {
      // A rule over the whole, which has it looked at as a whole.
      const whole = schema!.refine(() => true)
      const valid = {
        model: 'm',
        messages: [{ role: 'user', content: 'hi' }],
        input: 'hi',
        prompt: 'hi',
        voice: 'alloy',
      }
      for (const name of [...Object.keys(schema!.shape), 'unknown', 'constructor']) {
        for (const value of VALUES) {
          const params = { ...valid, [name]: value }
          expect([name, value, verdict(schema!, params)]).toEqual([
            name,
            value,
            verdict(whole, params),
          ])
        }
      }
    },
  )

  it('tells of the first fault in the order of the schema, not of the body', () => {
    const { schema } = routes['/chat/completions']!
    const faults = { top_p: 7, temperature: 7, messages: [{ role: 'user', content: 'hi' }] }
    expect(verdict(schema!, faults)).toContain("'model'")
    expect(verdict(schema!, { ...faults, model: 'm' })).toContain("'temperature'")
  })
})
