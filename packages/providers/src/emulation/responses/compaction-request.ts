import type { ResponseCreateParams } from '@sluice/core/wire'

/** What the model is asked for in place of the item that asks to compact. */
export const COMPACT =
  'Sum up the conversation so far for an assistant that goes on with it and sees nothing but your ' +
  'summary. Say what the user wants and prefers, what was decided, what has been done, with names ' +
  'of files, commands and results that matter, and what is left to do. Write the summary alone.'

/** What is said in front of a summary that stands for what came before. */
export const COMPACTED = 'This sums up the conversation so far:'

/** Whether a request is for a summary of its input: its last item says so. */
export function asksToCompact({ input }: ResponseCreateParams): boolean {
  return Array.isArray(input) && input.at(-1)?.type === 'compaction_trigger'
}
