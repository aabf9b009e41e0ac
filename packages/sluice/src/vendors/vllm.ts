export { vllm } from '@sluice/providers/vllm'
