export { xai } from '@sluice/providers/xai'
