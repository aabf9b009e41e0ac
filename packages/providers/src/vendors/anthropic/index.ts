export { anthropic, anthropicSpec } from './anthropic.ts'
export {
  createThinkingMemory,
  type ThinkingMemory,
  type ThinkingMemoryLimits,
} from './thinking-memory.ts'
