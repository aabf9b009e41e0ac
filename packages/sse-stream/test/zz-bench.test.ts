import { redact, smooth, coalesce, pickText, partialJson } from '@sluice/sse-stream/operators'
import { it } from 'vitest'
import { answerOf, run, batch, say } from './answers.ts'
it('x', () => {
  const patterns = { mail: /[\w.+-]{1,64}@[\w.-]{1,255}/, card: /\b\d{4}(?:[ -]?\d{4}){3}\b/, phone: /\+\d{1,3}[ -]?\d{6,12}/ }
  for (const [name, text] of [['prose', 'The quick brown fox jumps over the lazy dog. '.repeat(2000)], ['word', 'a'.repeat(90000)], ['digits','1 '.repeat(45000)]] as const) {
    const pieces = text.match(/.{1,4}/g)!
    const batches = answerOf(pieces)
    batches.forEach((b) => b.chunks())
    for (let i = 0; i < 2; i++) {
      const t = performance.now()
      run(batches, redact({ patterns }))
      console.log(name, ((performance.now() - t) / pieces.length * 1000).toFixed(2), 'us/token')
    }
    const t = performance.now()
    run([batch(say(text))], redact({ patterns }))
    console.log(name, 'whole', (performance.now() - t).toFixed(1), 'ms')
  }
})
