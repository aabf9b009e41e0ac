import { checkOptions, ConfigError, option, type Clock, type OptionRule } from '@sluice/core'
import { partKind } from '@sluice/core/internal'
import type { CircuitBreakerOptions } from './circuit-breaker.ts'
import { NamePattern } from './name-pattern.ts'
import { RouteTable, type Route, type RouteEntry } from './route-table.ts'
import { RouteTarget } from './route-target.ts'
import type { Routes, Target, TargetHandler, TargetOptions } from './target.ts'

/** The routes as they were read, ready to be asked. */
export interface ReadRoutes {
  readonly table: RouteTable
  /** Takes the names that no route matches. */
  readonly fallback: Route | undefined
}

const RULES: Readonly<Record<keyof TargetOptions, OptionRule>> = {
  to: {
    expected: "a handler or another route's name",
    accepts: (value) => typeof value === 'string' || isHandler(value),
  },
  model: option.string,
  weight: {
    expected: 'a number above 0',
    accepts: (value) => option.positive.accepts(value) && value !== Infinity,
  },
  maxConcurrent: {
    expected: 'a whole number above 0',
    accepts: (value) => option.count.accepts(value) && value !== 0,
  },
  maxQueue: option.count,
}

/**
 * Reads the routes and looks for everything that could only fail later.
 *
 * @throws ConfigError `ERR_ROUTER_ROUTES` that lists all problems, not only the first.
 */
export function readRoutes(
  routes: Routes,
  fallback: Target | readonly Target[] | undefined,
  breaker: CircuitBreakerOptions,
  clock: Clock,
): ReadRoutes {
  if (typeof routes !== 'object' || routes === null || Array.isArray(routes)) {
    throw new ConfigError(
      'ERR_ROUTER_ROUTES',
      `modelRouter() takes an object of model names and targets, but got ${kindOf(routes)}.`,
    )
  }
  const reader = new RouteReader(breaker, clock)
  const read = reader.read(routes, fallback)
  if (reader.problems.length > 0) {
    throw new ConfigError(
      'ERR_ROUTER_ROUTES',
      `modelRouter() cannot use these routes:\n- ${reader.problems.join('\n- ')}`,
    )
  }
  return read
}

class RouteReader {
  readonly problems: string[] = []
  readonly #breaker: CircuitBreakerOptions
  readonly #clock: Clock

  constructor(breaker: CircuitBreakerOptions, clock: Clock) {
    this.#breaker = breaker
    this.#clock = clock
  }

  read(routes: Routes, fallback: Target | readonly Target[] | undefined): ReadRoutes {
    const configured = Object.entries(routes).map(([name, targets]) => ({
      route: emptyRoute(name),
      targets,
    }))
    if (configured.length === 0 && fallback === undefined)
      this.problems.push('There are no routes.')
    const table = new RouteTable(configured.map(({ route }) => route))
    const all =
      fallback === undefined
        ? configured
        : [...configured, { route: emptyRoute('*'), targets: fallback }]
    for (const [index, { route, targets }] of all.entries()) {
      const where =
        index < configured.length ? `Route \`${route.pattern.text}\`` : 'Option `fallback`'
      if (route.pattern.text === '') this.problems.push('A route has an empty name.')
      const list: readonly unknown[] = Array.isArray(targets) ? targets : [targets]
      if (list.length === 0) this.problems.push(`${where} has no targets.`)
      for (const target of list) {
        const entry = this.#entry(where, target, route.pattern, table)
        if (entry !== undefined) route.entries.push(entry)
      }
    }
    this.#refuseCycles(all.map(({ route }) => route))
    return { table, fallback: all[configured.length]?.route }
  }

  #entry(
    where: string,
    target: unknown,
    pattern: NamePattern,
    table: RouteTable,
  ): RouteEntry | undefined {
    const options = this.#options(where, target)
    if (options === undefined) return undefined
    const { to, model, weight } = options
    const asked = typeof to === 'string' ? to : model
    const template = asked === undefined ? undefined : new NamePattern(asked)
    if (template !== undefined && template.wildcards > pattern.wildcards) {
      const wildcards = pattern.wildcards === 0 ? 'none' : `only ${pattern.wildcards}`
      return this.#refuse(
        `${where} leads to \`${asked}\`; a \`*\` there stands for one in the route's name, which has ${wildcards}.`,
      )
    }
    if (typeof to === 'string') return this.#alias(where, to, options, table)
    return { weight, target: new RouteTarget(to, template, options, this.#breaker, this.#clock) }
  }

  #alias(
    where: string,
    to: string,
    options: TargetOptions,
    table: RouteTable,
  ): RouteEntry | undefined {
    for (const key of ['model', 'maxConcurrent', 'maxQueue'] as const) {
      if (options[key] === undefined) continue
      return this.#refuse(
        `${where} sets \`${key}\` on the alias \`${to}\`; it belongs to the targets of \`${to}\`.`,
      )
    }
    // Chosen here, once and for all: whatever a `*` in the name will stand for fits the same route
    // as the `*` itself.
    const found = table.find(to)
    if (found === undefined)
      return this.#refuse(`${where} is an alias of \`${to}\`, but no route matches that.`)
    return { weight: options.weight, alias: new NamePattern(to), route: found.route }
  }

  #options(where: string, target: unknown): TargetOptions | undefined {
    if (typeof target === 'string') return { to: target }
    const uncalled = uncalledFactory(target)
    if (uncalled !== undefined) {
      return this.#refuse(
        `${where} has the factory \`${uncalled}\` itself as a target. Call it: \`${uncalled}()\`.`,
      )
    }
    if (isHandler(target)) return { to: target }
    if (
      typeof target !== 'object' ||
      target === null ||
      !('to' in target) ||
      target.to === undefined
    ) {
      return this.#refuse(
        `${where} has a target that is no handler, no { to: … } and no route's name, but ${kindOf(target)}. ` +
          'Did you pass `openai` instead of `openai()`?',
      )
    }
    try {
      checkOptions('modelRouter', 'ERR_ROUTER_ROUTES', target, RULES)
    } catch (error) {
      return this.#refuse(`${where}: ${(error as Error).message}`)
    }
    return target as TargetOptions
  }

  #refuseCycles(routes: readonly Route[]): void {
    const safe = new Set<Route>()
    const visit = (route: Route, path: readonly Route[]): void => {
      if (safe.has(route)) return
      const start = path.indexOf(route)
      if (start >= 0) {
        const names = [...path.slice(start), route].map((one) => `\`${one.pattern.text}\``)
        this.problems.push(`Aliases lead in a circle: ${names.join(' → ')}.`)
        return
      }
      for (const entry of route.entries) if ('alias' in entry) visit(entry.route, [...path, route])
      safe.add(route)
    }
    for (const route of routes) visit(route, [])
  }

  #refuse(problem: string): undefined {
    this.problems.push(problem)
    return undefined
  }
}

function emptyRoute(name: string): Route {
  return { pattern: new NamePattern(name), entries: [] }
}

/** Features are functions as well, but they wrap handlers and are none. */
function isHandler(value: unknown): value is TargetHandler {
  return typeof value === 'function' && !('intercept' in value)
}

function kindOf(value: unknown): string {
  if (typeof value === 'function') return 'an interceptor'
  return Array.isArray(value)
    ? 'an array'
    : typeof value === 'object' && value !== null
      ? 'an object'
      : String(value)
}

/** Returns the name of a factory that stands, uncalled, where a handler belongs. */
function uncalledFactory(target: unknown): string | undefined {
  const to = typeof target === 'object' && target !== null && 'to' in target ? target.to : target
  return partKind(to) === 'factory' ? (to as { readonly name: string }).name : undefined
}
