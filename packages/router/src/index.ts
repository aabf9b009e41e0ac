export {
  modelRouter,
  type ModelRouter,
  type ModelRouterOptions,
  type RouteExplanation,
} from './model-router.ts'
export type { CircuitBreakerOptions } from './circuit-breaker.ts'
export type { Routes, Target, TargetHandler, TargetOptions } from './target.ts'
