import { defineProvider } from '../../define-provider.ts'
import { edits, generations } from './images.ts'

/**
 * Black Forest Labs, whose FLUX models draw and change pictures: `flux-kontext-pro`,
 * `flux-kontext-max`.
 */
export const bfl = defineProvider({
  id: 'bfl',
  baseURL: 'https://api.bfl.ai/v1',
  auth: (apiKey) => ({ 'x-key': apiKey }),
  operations: { 'images.generate': generations, 'images.edit': edits },
})
