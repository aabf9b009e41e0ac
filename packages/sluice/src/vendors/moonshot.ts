export { moonshot } from '@sluice/providers/moonshot'
