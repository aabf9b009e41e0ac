/** The offset at or just before `at` where a text can be cut without parting a surrogate pair. */
export function safeCut(text: string, at: number): number {
  return at > 0 && at < text.length && isHigh(text.charCodeAt(at - 1)) && isLow(text.charCodeAt(at))
    ? at - 1
    : at
}

/** Whether a text ends with the first half of a surrogate pair. */
export function endsInsidePair(text: string): boolean {
  return text !== '' && isHigh(text.charCodeAt(text.length - 1))
}

const isHigh = (code: number): boolean => code >= 0xd800 && code < 0xdc00
const isLow = (code: number): boolean => code >= 0xdc00 && code < 0xe000
