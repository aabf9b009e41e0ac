import { checkOptions, option } from '@sluice/core'

/** Which of the `n` answers an operator looks at. */
export interface ChoiceOptions {
  /** Its index. @defaultValue 0 */
  readonly choice?: number | undefined
}

/** The index that was asked for. @throws ConfigError `ERR_SSE_STREAM_OPTIONS` */
export function choiceOf(operator: string, options: ChoiceOptions): number {
  checkOptions(operator, 'ERR_SSE_STREAM_OPTIONS', options, { choice: option.count })
  return options.choice ?? 0
}
