import { ConfigError, type Batch, type Operation } from '@sluice/core'
import type { Observable } from 'rxjs'

/** An operator that gives batches of the answer that it takes, whatever operation that answers. */
export type ResponseOperator = <B extends Batch>(answer: Observable<B>) => Observable<B>

const REFUSES = Symbol.for('sluice.operator.refuses')

/** What an operator says of itself to whoever composes it. */
export interface OperatorLimits {
  readonly name: string
  /** Operations that carry text on which it cannot work; it fails their answers. */
  readonly refuses: readonly Operation[]
}

/** Lets an operator say on which operations it cannot work. */
export function withLimits<Operator extends object>(
  operator: Operator,
  limits: OperatorLimits,
): Operator {
  return Object.defineProperty(operator, REFUSES, { value: limits })
}

/**
 * Checks that an operator works on the answers of some operations. Functions that say nothing of
 * themselves are taken to know what they do.
 *
 * @throws ConfigError `ERR_SSE_STREAM_OPERATION` that names operator and operation
 */
export function checkOperator(operator: object, operations: readonly Operation[]): void {
  const limits = (operator as { readonly [REFUSES]?: OperatorLimits })[REFUSES]
  const refused = operations.find((operation) => limits?.refuses.includes(operation) === true)
  if (limits === undefined || refused === undefined) return
  throw new ConfigError(
    'ERR_SSE_STREAM_OPERATION',
    `${limits.name}() cannot work on ${refused}. Name the \`operations\` that it is for, without this one.`,
  )
}
