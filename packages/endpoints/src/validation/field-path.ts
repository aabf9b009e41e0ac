const MAX_STEP = 40
const MAX_PATH = 200

/**
 * A place in a body as OpenAI writes it, `messages[1].content[0].type`; `null` for the body itself.
 * Names that the client chose are cut to 40 characters each and keep no control characters, so that
 * the path can stand in a message, a header and a log.
 */
export function fieldPath(steps: readonly PropertyKey[]): string | null {
  let path = ''
  for (const step of steps) {
    if (path.length > MAX_PATH) break
    path +=
      typeof step === 'number'
        ? `[${step}]`
        : `${path === '' ? '' : '.'}${printable(String(step), MAX_STEP)}`
  }
  return path === '' ? null : path.slice(0, MAX_PATH)
}

/**
 * Text of a client, fit to be repeated to it: at most `max` characters, with `?` for everything
 * that does not show or acts on what is around it.
 */
export function printable(text: string, max: number): string {
  const shown = text.slice(0, max).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?')
  return text.length > max ? `${shown}…` : shown
}
