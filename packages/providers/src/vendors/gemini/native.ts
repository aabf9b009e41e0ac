import type { GenerateContentDialect } from '../../vendor-spec/provider-spec.ts'
import { isObject } from './json.ts'
import { modelPath } from './model-path.ts'

/** What the params hold beside the client's body. */
const IN_PATH = ['model', 'stream']

/**
 * Gemini asked in its own words: the client's body as it came, unknown fields and all. Only the
 * model is ours to name.
 */
export const native: GenerateContentDialect = {
  encode: (_params, { model, stream }) => ({
    path: modelPath(model, stream ? 'streamGenerateContent?alt=sse' : 'generateContent'),
    patch: { set: {}, unset: IN_PATH },
  }),
  encodeCountTokens(params, { model }) {
    const { generateContentRequest: request } = params
    const named = isObject(request) && request['model'] !== undefined
    const full = model.includes('/') ? model : `models/${model}`
    return {
      path: modelPath(model, 'countTokens'),
      patch: {
        set: named ? { generateContentRequest: { ...request, model: full } } : {},
        unset: IN_PATH,
      },
    }
  },
}
