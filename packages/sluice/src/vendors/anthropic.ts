export {
  anthropic,
  anthropicSpec,
  createThinkingMemory,
  type ThinkingMemory,
  type ThinkingMemoryLimits,
} from '@sluice/providers/anthropic'
