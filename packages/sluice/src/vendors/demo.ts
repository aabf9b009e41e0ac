export { demo, type DemoOptions } from '@sluice/demo'
