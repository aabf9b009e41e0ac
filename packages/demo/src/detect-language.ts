/** The languages that the demo answers in. */
export type Language = 'de' | 'en' | 'es' | 'fr' | 'ja' | 'ko' | 'ru' | 'zh'

const MAX_CHARS = 600

/** Words that tell languages in Latin letters apart. */
const COMMON_WORDS: readonly (readonly [Language, ReadonlySet<string>])[] = [
  [
    'en',
    new Set(
      'the is and what you a how to of in are my me please this that with for can do'.split(' '),
    ),
  ],
  [
    'de',
    new Set(
      'der die das und ist nicht ich wie was ein eine bitte mit auf für du kannst mir sind zu'.split(
        ' ',
      ),
    ),
  ],
  [
    'fr',
    new Set(
      'le la les et est vous je que qui une des du pour avec dans bonjour quel quelle moi un'.split(
        ' ',
      ),
    ),
  ],
  [
    'es',
    new Set(
      'el la los las y es que una un por para con cómo qué hola dime mi del cuál me'.split(' '),
    ),
  ],
]

/**
 * The language of a text: by its script, and in Latin letters by its commonest words. English where
 * nothing tells.
 */
export function detectLanguage(text: string): Language {
  const sample = text.slice(0, MAX_CHARS)
  const count = (pattern: RegExp) => sample.match(pattern)?.length ?? 0
  const latin = count(/\p{Script=Latin}/gu)
  // An ideograph says as much as several letters, and questions in such scripts are full of Latin
  // names.
  const outweighs = (letters: number) => letters > 0 && letters * 4 >= latin
  if (outweighs(count(/[\p{Script=Hiragana}\p{Script=Katakana}]/gu))) return 'ja'
  if (outweighs(count(/\p{Script=Hangul}/gu))) return 'ko'
  if (outweighs(count(/\p{Script=Han}/gu))) return 'zh'
  if (count(/\p{Script=Cyrillic}/gu) > latin) return 'ru'
  const words = sample.toLowerCase().match(/\p{L}+/gu) ?? []
  let best: Language = 'en'
  let most = 0
  for (const [language, common] of COMMON_WORDS) {
    const found = words.filter((word) => common.has(word)).length
    if (found > most) [best, most] = [language, found]
  }
  return best
}
