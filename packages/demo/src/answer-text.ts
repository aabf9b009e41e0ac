import { detectLanguage } from './detect-language.ts'
import { phrases } from './phrases.ts'
import type { Conversation } from './read-conversation.ts'

/** How an answer is to be. */
export interface AnswerTextOptions {
  /** Which of the ways to put it; any whole number. */
  readonly variant: number
  /** With a paragraph more. */
  readonly large: boolean
}

/** Characters of a message or of a tool's result that are repeated. */
const MAX_QUOTE = 240
const MAX_RESULT = 600
const MAX_RESULTS = 8

/** Sentences of thought by effort. */
const STEPS: ReadonlyMap<string, number> = new Map([
  ['none', 0],
  ['minimal', 1],
  ['low', 1],
  ['medium', 2],
])

/**
 * What the demo says: it repeats what was asked, or what the tools answered, in the asker's
 * language, and says that it is the demo.
 */
export function answerText(
  conversation: Conversation,
  { variant, large }: AnswerTextOptions,
): string {
  const { question, earlier, attachments, results } = conversation
  const say = phrases[detectLanguage(question)]
  const sentences: string[] = []
  if (results.length > 0) {
    for (const { name, content } of results.slice(-MAX_RESULTS)) {
      sentences.push(fill(say.toolResult, { name, quote: quote(content, MAX_RESULT) }))
    }
    sentences.push(say.relay)
  } else if (question === '') sentences.push(say.hello)
  else {
    const ways = say.answers.length
    const way = ((Math.trunc(variant) % ways) + ways) % ways
    sentences.push(fill(say.answers[way]!, { quote: quote(question, MAX_QUOTE) }))
  }
  if (earlier !== undefined && earlier !== '')
    sentences.push(fill(say.earlier, { quote: quote(earlier, MAX_QUOTE) }))
  if (attachments > 0) sentences.push(fill(say.attachments, { count: String(attachments) }))
  const text = sentences.join(say.space)
  return large ? `${text}\n\n${say.more}` : text
}

/**
 * What the demo thinks before it answers; more with more effort (`minimal`, `low`, `medium`,
 * anything higher), nothing with `none`.
 */
export function thoughtText({ question }: Conversation, effort: string): string {
  const say = phrases[detectLanguage(question)]
  const steps = STEPS.get(effort) ?? say.thoughts.length
  return say.thoughts
    .slice(0, steps)
    .map((thought) => fill(thought, { quote: quote(question, MAX_QUOTE) }))
    .join(say.space)
}

function fill(phrase: string, values: Readonly<Record<string, string>>): string {
  return phrase.replace(/\{(\w+)\}/g, (_whole, name: string) => values[name] ?? '')
}

/** One line of at most `limit` characters, never half a surrogate pair. */
function quote(text: string, limit: number): string {
  const trimmed = text.trim()
  const characters = Array.from(trimmed.slice(0, limit * 2).replace(/\s+/g, ' '))
  if (trimmed.length <= limit * 2 && characters.length <= limit) return characters.join('')
  return `${characters.slice(0, limit).join('')}…`
}
