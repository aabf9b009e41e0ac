import { ApiError, withCall, type Call, type Operation, type Params } from '@sluice/core'
import { PARAM_SHAPES, TOKEN_PARAMS } from '../response-form/param-shapes.ts'
import { mapShape } from '../response-form/shape.ts'
import type { PatternList } from './redaction/bounded-pattern.ts'
import {
  Redactor,
  redactSettings,
  type RedactOptions,
  type RedactSettings,
} from './redaction/redactor.ts'

/**
 * Redacts the params of any operation, before a vendor sees them: messages, prompts, input,
 * instructions, what tools gave back, descriptions, metadata, names of files. The model, ids, roles
 * and types stay, and so do pictures, sound and files, which nobody looks into. The same object
 * where nothing changes. With a vault, `reidentify` puts the values back into the answer.
 *
 * @throws ConfigError `ERR_SSE_STREAM_OPTIONS`, `ERR_SSE_STREAM_PATTERN`
 * @throws ApiError `unsupported_parameter` for token ids, in which nothing can be found;
 * `server_error` where the replacer fails or the vault is full
 */
export function redactParams<O extends Operation>(
  operation: O,
  params: Params<O>,
  options: RedactOptions | PatternList,
): Params<O> {
  return redacted(operation, params, redactSettings('redactParams', options))
}

/**
 * Makes a function that redacts a call on its way in, as `redactParams` does. The options are
 * checked once.
 *
 * @throws ConfigError `ERR_SSE_STREAM_OPTIONS`, `ERR_SSE_STREAM_PATTERN`
 * @example
 * const safe = redactCall({ patterns, vault })
 * const prompts = { name: 'prompts', phase: 'guard', intercept: (call, next) => next(safe(call)) }
 */
export function redactCall(
  options: RedactOptions | PatternList,
): <O extends Operation>(call: Call<O>) => Call<O> {
  const settings = redactSettings('redactCall', options)
  return (call) => {
    const params = redacted(call.operation, call.params, settings)
    return params === call.params ? call : withCall(call, { params })
  }
}

function redacted<O extends Operation>(
  operation: O,
  params: Params<O>,
  settings: RedactSettings,
): Params<O> {
  const redactor = new Redactor(settings)
  refuseTokens(operation, params)
  const filters = {
    text: () => redactor.text(),
    whole: (value: unknown, key?: string) => redactor.whole(value, key),
    keepsLogprobs: true,
  }
  return mapShape(params, PARAM_SHAPES[operation], filters) as Params<O>
}

function refuseTokens(operation: Operation, params: object): void {
  const name = TOKEN_PARAMS.get(operation)
  const value = name === undefined ? undefined : (params as Readonly<Record<string, unknown>>)[name]
  if (name === undefined || !Array.isArray(value)) return
  if (value.every((item) => typeof item === 'string')) return
  const message =
    'This server looks into what it sends on, and cannot look into token ids. Send text.'
  throw new ApiError('unsupported_parameter', { message, param: name })
}
