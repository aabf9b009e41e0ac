import { call, type Batch, type Call, type Clock } from '@sluice/core'
import type { Model, ModelsPage } from '@sluice/core/wire'
import { catchError, map, of, share, type Observable } from 'rxjs'
import { documentResponse } from '../response/document-response.ts'
import type { ResponseContext } from '../response/response-context.ts'
import type { ProviderOptions } from '../vendor-spec/provider-options.ts'
import type { EncodedRequest, ProviderSpec } from '../vendor-spec/provider-spec.ts'
import type { UpstreamRequest } from '../transport/send.ts'

/** A list may have this many models; what comes after them is left out. */
const MAX_MODELS = 10_000
const MAX_BYTES = 8 * 1024 * 1024
const KEPT_MS = 300_000
/** How long the vendor is left alone after it failed to give its list. */
const FAILED_MS = 30_000

/** What a listing needs of its provider. */
export interface ListingProvider {
  readonly id: string
  readonly spec: ProviderSpec
  readonly options: ProviderOptions
  readonly clock: Clock
  context(call: Call, streamed: boolean): ResponseContext
  request(call: Call, encoded: EncodedRequest): UpstreamRequest
}

/**
 * The models that one provider lists: those that its spec knows, and those that its upstream says
 * it has where the host wants it to be asked.
 */
export class ModelListing {
  readonly #runtime: ListingProvider
  #listed: readonly Model[] | undefined
  #listedUntilMs = 0
  #asking: Observable<readonly Model[]> | undefined

  constructor(runtime: ListingProvider) {
    this.#runtime = runtime
  }

  /**
   * All of them. Never fails: while the upstream's list cannot be had, what was known before stands
   * in.
   */
  list(): Observable<readonly Model[]> {
    const { options, spec, clock } = this.#runtime
    if (options.listModels !== true || spec.listing === undefined) return of(spec.models ?? [])
    if (this.#listed !== undefined && clock.now() < this.#listedUntilMs) return of(this.#listed)
    return (this.#asking ??= this.#ask(spec.listing))
  }

  /**
   * Everyone who asks meanwhile gets the same answer; the request stops when the last of them
   * leaves.
   */
  #ask(path: string): Observable<readonly Model[]> {
    const runtime = this.#runtime
    // A call of its own, because it serves several callers.
    const own = call('models.list', {})
    const answer: Observable<Batch> = documentResponse(own, {
      context: { ...runtime.context(own, false), maxResponseBytes: MAX_BYTES },
      request: () => runtime.request(own, { method: 'GET', path }),
      decode: (json) => ({ object: 'list', data: readModels(json, runtime.id) }),
      usageOf: () => undefined,
    })
    return answer.pipe(
      map((batch) =>
        this.#keep(
          merge(runtime.spec.models ?? [], (batch.document() as ModelsPage).data),
          KEPT_MS,
        ),
      ),
      catchError(() => of(this.#keep(this.#listed ?? runtime.spec.models ?? [], FAILED_MS))),
      share({ resetOnRefCountZero: true }),
    )
  }

  #keep(models: readonly Model[], forMs: number): readonly Model[] {
    this.#listed = models
    this.#listedUntilMs = this.#runtime.clock.now() + forMs
    this.#asking = undefined
    return models
  }
}

/** What both know of a model comes together; where they differ, the upstream is right. */
function merge(known: readonly Model[], listed: readonly Model[]): Model[] {
  const byId = new Map(known.map((model) => [model.id, model]))
  for (const model of listed) byId.set(model.id, { ...byId.get(model.id), ...model })
  return [...byId.values()]
}

/** @throws TypeError where it is no list */
function readModels(json: unknown, owner: string): Model[] {
  const data = (json as { data?: unknown } | null)?.data
  if (!Array.isArray(data)) throw new TypeError('no data')
  return (data as unknown[]).slice(0, MAX_MODELS).flatMap((item) => {
    const {
      id,
      created,
      created_at: createdAt,
      owned_by: ownedBy,
    } = (item ?? {}) as Record<string, unknown>
    if (typeof id !== 'string' || id === '') return []
    const model = {
      id,
      object: 'model',
      owned_by: typeof ownedBy === 'string' ? ownedBy : owner,
    } as const
    return [{ ...model, created: secondsOf(created) ?? secondsOf(createdAt) ?? 0 }]
  })
}

/** Unix time in seconds, of a number of them or of a date in words. */
function secondsOf(time: unknown): number | undefined {
  const seconds = typeof time === 'string' ? Date.parse(time) / 1000 : time
  return typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0
    ? Math.floor(seconds)
    : undefined
}
