export { deepseek } from '@sluice/providers/deepseek'
