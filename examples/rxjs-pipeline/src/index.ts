import { concat, defer, ignoreElements, tap } from 'rxjs'
import { buildHandler } from './handler.ts'
import { redactedChat } from './redacted-chat.ts'
import { speech } from './speech.ts'

const handler = buildHandler()
const say = (line: string) => console.log(line)

concat(
  defer(() => (say('speech:'), speech(handler, 'What is a token stream?'))).pipe(
    tap((sentence) => say(`  ♪ ${sentence}`)),
  ),
  defer(() => {
    say('redacted chat, as the vendor wrote it and as the caller reads it:')
    let vendor = ''
    let caller = ''
    const messages = [{ role: 'user' as const, content: 'My mail is jo@example.com' }]
    return redactedChat(handler, messages, (text) => (vendor += text)).pipe(
      tap({ next: (text) => (caller += text), complete: () => say(`  ${vendor}\n  ${caller}`) }),
    )
  }),
)
  .pipe(ignoreElements())
  .subscribe({ error: (error) => console.error(error) })
