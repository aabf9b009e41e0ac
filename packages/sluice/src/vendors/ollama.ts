export { ollama } from '@sluice/providers/ollama'
