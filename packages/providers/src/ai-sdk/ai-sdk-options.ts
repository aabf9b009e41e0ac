import { ApiError, checkOptions, ConfigError, option, type Call, type Clock } from '@sluice/core'
import type { Timeouts } from '../transport/deadline.ts'

/** How a model of the AI SDK is used. */
export interface FromAiSdkOptions {
  /**
   * Name in `x-sluice-provider`.
   * @defaultValue what the model calls its provider, up to the first dot: `amazon-bedrock`
   */
  readonly id?: string | undefined
  /** Handed to the SDK's provider with every call: `{ bedrock: { … } }`. */
  readonly providerOptions?: Readonly<Record<string, unknown>> | undefined
  /** Refuse params that the SDK cannot carry (400) instead of leaving them out. */
  readonly strictParams?: boolean | undefined
  /** Hand a vendor's 401 and 403 to the client instead of a 502. */
  readonly exposeAuthErrors?: boolean | undefined
  /** Limits in milliseconds; connecting and waiting for headers count into `firstTokenMs`. */
  readonly timeouts?: Partial<Timeouts> | undefined
  readonly clock?: Clock | undefined
}

const RULES = {
  id: option.string,
  providerOptions: option.object,
  strictParams: option.boolean,
  exposeAuthErrors: option.boolean,
  timeouts: option.object,
  clock: option.object,
}

/** Checks what was given to a factory. @throws ConfigError `ERR_PROVIDERS_OPTIONS` */
export function checkAiSdkOptions(factory: string, options: FromAiSdkOptions): void {
  checkOptions(factory, 'ERR_PROVIDERS_OPTIONS', options, RULES)
}

/**
 * Checks that a factory got a model, and not the SDK's provider.
 * @throws ConfigError `ERR_PROVIDERS_OPTIONS`
 */
export function checkModel(
  factory: string,
  model: { readonly provider: string } | undefined,
): void {
  if (typeof model?.provider === 'string') return
  throw new ConfigError(
    'ERR_PROVIDERS_OPTIONS',
    `${factory}() takes a model of the AI SDK first, such as ${factory}(openai('gpt-5')).`,
  )
}

/** The name of a provider by what its model says: `openai.chat` → `openai`. */
export function providerIdOf(provider: string): string {
  return provider.split('.')[0] || 'ai-sdk'
}

/**
 * Notes params that were left out.
 *
 * @throws ApiError 400 `unsupported_parameter` where that is not wanted
 */
export function reportDrops({ report }: Call, drops: readonly string[], isStrict: boolean): void {
  if (isStrict && drops.length > 0) {
    const message = `${drops.join(', ')} cannot be carried to the provider of this model.`
    throw new ApiError('unsupported_parameter', { message, param: drops[0] })
  }
  for (const name of drops)
    if (!report.droppedParams.includes(name)) report.droppedParams.push(name)
}
