export {
  modelRouter,
  type CircuitBreakerOptions,
  type ModelRouter,
  type ModelRouterOptions,
  type RouteExplanation,
  type Routes,
  type Target,
  type TargetHandler,
  type TargetOptions,
} from '@sluice/router'
