export { iflow } from '@sluice/providers/iflow'
