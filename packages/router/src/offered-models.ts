import { call, ConfigError, mayUseModel, type Batch, type Call, type Clock } from '@sluice/core'
import { disown } from '@sluice/core/internal'
import type { Model, ModelsPage } from '@sluice/core/wire'
import { catchError, defaultIfEmpty, forkJoin, map, Observable, of, take, takeUntil } from 'rxjs'
import type { ReadRoutes } from './read-routes.ts'
import { candidatesFor, type RouteEntry } from './route-table.ts'
import type { TargetHandler } from './target.ts'

/** What the list of models is made from. */
export interface ModelSources {
  readonly routes: ReadRoutes
  readonly models: readonly Model[] | (() => readonly Model[])
  readonly createdSeconds: number
  readonly clock: Clock
}

/** A provider that has not listed its models by then is left out of the list. */
const LIST_WAIT_MS = 5000
const first = (): number => 0

/**
 * All models that the caller's key may name, sorted by id, each once: what the host lists, what the
 * providers list of themselves, and the exact names of routes. A provider's model that can only be
 * named through a wildcard (`openai/*`) has that name in the list. A provider that fails or is slow
 * is left out.
 */
export function offeredModels(original: Call, sources: ModelSources): Observable<Model[]> {
  const { routes, clock } = sources
  const handlers = handlersOf(routes).filter(
    (handler) => handler.supports?.('models.list') !== false,
  )
  const { principal, headers, requestId, gate } = original
  const lists = handlers.map((handler) =>
    // A report of its own: whoever lists models has not served this call.
    new Observable<Batch>((subscriber) => {
      const answer: unknown = handler(
        call('models.list', {}, { principal, headers, requestId, gate }),
      )
      // One that promises fails here, and is left out; its rejection must not be the process's.
      disown(answer)
      return (answer as Observable<Batch>).subscribe(subscriber)
    }).pipe(
      take(1),
      takeUntil(after(LIST_WAIT_MS, clock)),
      map((batch) =>
        (batch.document() as ModelsPage).data.flatMap((model) =>
          named(model, handler, original, routes),
        ),
      ),
      catchError(() => of([])),
      defaultIfEmpty([]),
    ),
  )
  return (lists.length === 0 ? of([]) : forkJoin(lists)).pipe(
    map((listed) => merge(original, listed.flat(), sources)),
  )
}

function merge(original: Call, listed: readonly Model[], sources: ModelSources): Model[] {
  const { table } = sources.routes
  const given: unknown = typeof sources.models === 'function' ? sources.models() : sources.models
  if (!Array.isArray(given)) {
    disown(given)
    throw new ConfigError(
      'ERR_ROUTER_MODELS',
      'modelRouter({ models }) has to return an array of models, at once.',
    )
  }
  const byId = new Map<string, Model>()
  const offer = (model: Model) => {
    if (!byId.has(model.id) && mayUseModel(original.principal, model.id)) byId.set(model.id, model)
  }
  for (const model of given as readonly Model[])
    if (table.find(model.id) !== undefined) offer(model)
  for (const model of listed) offer(model)
  for (const { pattern } of table.routes) {
    const model = pattern.wildcards === 0 ? namedModel(pattern.text, sources) : undefined
    if (model !== undefined) offer(model)
  }
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

/**
 * The model behind a name that some route matches, as far as the routes tell; `undefined` where
 * none does.
 */
export function namedModel(
  id: string,
  { routes, createdSeconds }: ModelSources,
): Model | undefined {
  const found = routes.table.find(id)
  const owner = found === undefined ? undefined : candidatesFor(found, id, first)[0]?.target.id
  return owner === undefined
    ? undefined
    : { id, object: 'model', created: createdSeconds, owned_by: owner }
}

/**
 * A provider's own model, named as the caller reaches it: by its id where that leads there, else by
 * a wildcard.
 */
function named(model: Model, handler: TargetHandler, original: Call, routes: ReadRoutes): Model[] {
  const leadsThere = (name: string) => {
    const found =
      routes.table.find(name) ?? (routes.fallback && { route: routes.fallback, matched: [name] })
    return (
      found !== undefined &&
      candidatesFor(found, name, first).some(
        (step) => step.target.handler === handler && step.model === model.id,
      )
    )
  }
  const names = [model.id]
  for (const { pattern, entries } of routes.table.routes) {
    for (const entry of entries) {
      if (!('target' in entry) || entry.target.model?.wildcards !== pattern.wildcards) continue
      const matched = entry.target.model.match(model.id)
      if (matched !== undefined) names.push(pattern.fill(matched))
    }
  }
  const name = names.find((one) => mayUseModel(original.principal, one) && leadsThere(one))
  return name === undefined ? [] : [name === model.id ? model : { ...model, id: name }]
}

/** Everyone who may be asked, each once. */
export function handlersOf({ table, fallback }: ReadRoutes): TargetHandler[] {
  const entries: RouteEntry[] = table.routes.flatMap((route) => route.entries)
  if (fallback !== undefined) entries.push(...fallback.entries)
  return [...new Set(entries.flatMap((entry) => ('target' in entry ? [entry.target.handler] : [])))]
}

function after(delayMs: number, clock: Clock): Observable<void> {
  return new Observable((subscriber) => {
    const timer = clock.setTimeout(() => subscriber.next(), delayMs)
    return () => clock.clearTimeout(timer)
  })
}
