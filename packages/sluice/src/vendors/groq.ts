export { groq } from '@sluice/providers/groq'
