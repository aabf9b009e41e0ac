import type { ApiError } from '../errors/api-error.ts'
import type { Call, ErrorListener } from './call.ts'
import { tellHost } from '../errors/host-callback.ts'
import { scrubSecrets } from '../errors/scrub-secrets.ts'

/**
 * Tells the failures of one stage that would else be swallowed: to the stage's own listener;
 * without one, to that of the call, which is the one that `endpoints` was given; without either,
 * once, as a warning of the process.
 */
export class FailureTeller {
  readonly #stage: string
  readonly #listener: ErrorListener | undefined
  #hasWarned = false

  constructor(stage: string, listener: ErrorListener | undefined) {
    this.#stage = stage
    this.#listener = listener
  }

  /** Whether the stage has a listener of its own. */
  get hasListener(): boolean {
    return this.#listener !== undefined
  }

  /** Tells a failure that nobody else will hear of. */
  tell(error: ApiError, call?: Call, requestId: string | undefined = call?.requestId): void {
    const listener = this.#listener ?? call?.report.onError
    if (listener === undefined) this.#warn(error)
    else tellHost(listener, error, { stage: this.#stage, requestId, call })
  }

  /** Tells the stage's own listener, where the failure goes on to others who will say it. */
  note(error: ApiError, call?: Call): void {
    if (this.#listener !== undefined) this.tell(error, call)
  }

  #warn(error: ApiError): void {
    if (this.#hasWarned) return
    this.#hasWarned = true
    const stage = this.#stage
    process.emitWarning(
      `${stage}: ${error.message} (${reasonOf(error)}) ` +
        `Nobody listens, so this is said once: give ${stage}() an onError to hear of every failure.`,
      { type: 'SluiceWarning', code: 'SLUICE_UNHEARD_FAILURE' },
    )
  }
}

/** Addresses of databases, which scrubbing does not know, have passwords in them. */
const ADDRESS = /\b[a-z][\w+.-]*:\/\/\S+/gi

function reasonOf({ cause }: ApiError): string {
  try {
    const reason = cause instanceof Error ? cause.message : String(cause)
    return scrubSecrets(reason.slice(0, 500).replace(ADDRESS, '[redacted]'))
  } catch {
    return 'no reason can be told'
  }
}
