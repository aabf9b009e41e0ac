import type { ParamsPatch } from './params-patch.ts'

/** Choices that lose nothing where there is nothing to choose from. */
const FREE: ReadonlySet<unknown> = new Set(['auto', 'none'])

/**
 * Leaves out what says nothing and is refused for it, by OpenAI and by most alikes: empty lists of tools and stops, empty stops, and what is
 * said of tools where there are none.
 */
export function leaveOutEmpty(patch: ParamsPatch): void {
  if (isEmpty(patch.get('tools'))) {
    patch.unset('tools')
    leaveOutChoice(patch, 'tool_choice')
    patch.unset('parallel_tool_calls')
  }
  if (isEmpty(patch.get('functions'))) {
    patch.unset('functions')
    leaveOutChoice(patch, 'function_call')
  }
  const stop = patch.get('stop')
  if (stop === '') patch.unset('stop')
  if (Array.isArray(stop) && (stop.length === 0 || stop.includes(''))) {
    const said = stop.filter((one) => one !== '')
    patch.set('stop', said.length === 0 ? undefined : said)
  }
}

function leaveOutChoice(patch: ParamsPatch, name: string): void {
  if (FREE.has(patch.get(name))) patch.unset(name)
  else patch.drop(name)
}

function isEmpty(list: unknown): boolean {
  return list === undefined || list === null || (Array.isArray(list) && list.length === 0)
}
