export { bfl } from './bfl.ts'
