export { mistral } from '@sluice/providers/mistral'
