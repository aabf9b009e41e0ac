export { openrouter } from '@sluice/providers/openrouter'
