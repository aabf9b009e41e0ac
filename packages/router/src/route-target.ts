import { ConfigError, type Batch, type Call, type Clock } from '@sluice/core'
import { disown } from '@sluice/core/internal'
import type { Observable } from 'rxjs'
import { Bulkhead } from './bulkhead.ts'
import { CircuitBreaker, type CircuitBreakerOptions } from './circuit-breaker.ts'
import type { NamePattern } from './name-pattern.ts'
import type { TargetHandler, TargetOptions } from './target.ts'

const DEFAULT_MAX_QUEUE = 100

/** One target of one route, with what is known of its health and load. */
export class RouteTarget {
  readonly handler: TargetHandler
  readonly id: string
  /** The name to ask for, where it is not the one that was given. */
  readonly model: NamePattern | undefined
  readonly circuit: CircuitBreaker
  readonly bulkhead: Bulkhead | undefined

  constructor(
    handler: TargetHandler,
    model: NamePattern | undefined,
    options: Pick<TargetOptions, 'maxConcurrent' | 'maxQueue'>,
    breaker: CircuitBreakerOptions,
    clock: Clock,
  ) {
    this.handler = handler
    this.id = handler.id ?? 'custom'
    this.model = model
    this.circuit = new CircuitBreaker(breaker, clock)
    this.bulkhead =
      options.maxConcurrent === undefined
        ? undefined
        : new Bulkhead(options.maxConcurrent, options.maxQueue ?? DEFAULT_MAX_QUEUE)
  }

  /** Whether it may be asked for an operation. */
  supports(operation: Call['operation']): boolean {
    return this.handler.supports === undefined || this.handler.supports(operation)
  }

  /**
   * Asks it.
   * @throws ConfigError `ERR_ROUTER_TARGET` where the handler is none, which only its answer shows.
   */
  ask(call: Call): Observable<Batch> {
    const answer: unknown = this.handler(call)
    if (typeof (answer as Observable<Batch> | undefined)?.subscribe === 'function')
      return answer as Observable<Batch>
    disown(answer)
    throw new ConfigError(
      'ERR_ROUTER_TARGET',
      `The target ${this.id} did not answer with an Observable. Did you pass \`openai\` instead of \`openai()\`?`,
    )
  }
}
