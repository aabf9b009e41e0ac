import request from 'supertest'
import { describe, expect, it } from 'vitest'
import { buildApp } from '../src/app.ts'

describe('hello-world', () => {
  it('still says hello', async () => {
    await request(buildApp()).get('/').expect(200, 'Hello World!')
  })

  it('answers a chat completion, streamed and not', async () => {
    const body = { model: 'demo', messages: [{ role: 'user', content: 'hi' }] }
    const whole = await request(buildApp()).post('/v1/chat/completions').send(body).expect(200)
    expect((whole.body as { object: string }).object).toBe('chat.completion')
    const streamed = await request(buildApp())
      .post('/v1/chat/completions')
      .send({ ...body, stream: true })
      .expect(200)
    expect(streamed.text).toMatch(/data: \[DONE\]\n\n$/)
  })
})
