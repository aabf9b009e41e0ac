export { bfl } from '@sluice/providers/bfl'
