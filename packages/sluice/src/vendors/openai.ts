export { openai } from '@sluice/providers/openai'
