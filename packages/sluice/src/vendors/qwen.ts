export { qwen } from '@sluice/providers/qwen'
