import {
  checkOptions,
  ConfigError,
  option,
  type Batch,
  type Interceptor,
  type Operation,
} from '@sluice/core'
import { phases } from '@sluice/core/internal'
import type { Observable } from 'rxjs'
import { OPERATIONS_OF } from '../response-form/response-form.ts'
import { checkOperator, type ResponseOperator } from './internal/response-operator.ts'

/** An interceptor that is made of operators. */
export interface InterceptResponsesOptions {
  /** Its name, for messages. */
  readonly name: string
  /** @defaultValue `guard`: outside the cache, so that what it keeps is not changed and hits are */
  readonly phase?: Interceptor['phase'] | undefined
  /** The operations that it is for; answers of others pass. @defaultValue all */
  readonly operations?: readonly Operation[] | undefined
  /** Applied in this order. */
  readonly operators: readonly ResponseOperator[]
}

const ALL: readonly Operation[] = [...OPERATIONS_OF.values()].flat()
const RULES = {
  name: option.string,
  phase: {
    expected: `one of ${phases.join(', ')}`,
    accepts: (value: unknown) => phases.includes(value as never),
  },
  operations: {
    expected: 'a list of operations',
    accepts: (value: unknown) =>
      Array.isArray(value) && value.every((one) => ALL.includes(one as Operation)),
  },
  operators: {
    expected: 'a list of operators',
    accepts: (value: unknown) =>
      Array.isArray(value) && value.every((one) => typeof one === 'function'),
  },
}

/**
 * Makes an interceptor that puts operators on answers, and says at once where one of them cannot
 * work on an operation that it would meet.
 *
 * @throws ConfigError `ERR_SSE_STREAM_OPTIONS`, and `ERR_SSE_STREAM_OPERATION` naming operator and
 * operation
 * @example
 * const cards = interceptResponses({ name: 'cards', operators: [redact({ patterns })] })
 * compose([cards], openai())
 */
export function interceptResponses(options: InterceptResponsesOptions): Interceptor {
  checkOptions('interceptResponses', 'ERR_SSE_STREAM_OPTIONS', options, RULES)
  const { name, phase = 'guard', operations = ALL, operators } = options
  if (name === undefined || operators === undefined) {
    throw new ConfigError(
      'ERR_SSE_STREAM_OPTIONS',
      'interceptResponses() takes a `name` and `operators`.',
    )
  }
  for (const operator of operators) checkOperator(operator, operations)
  const taken = new Set<Operation>(operations)
  return {
    name,
    phase,
    intercept: (call, next) =>
      taken.has(call.operation) ? through(next(call), operators) : next(call),
  }
}

function through<B extends Batch>(
  answer: Observable<B>,
  operators: readonly ResponseOperator[],
): Observable<B> {
  return operators.reduce((source, operator) => operator(source), answer)
}
