/**
 * The path of a model's method. A name may come with its collection, as Gemini lists it
 * (`models/…`, `tunedModels/…`); without one it is `models`.
 */
export function modelPath(model: string, method: string): string {
  const [, collection = 'models', name = ''] =
    /^(?:(models|tunedModels)\/)?(.*)$/s.exec(model) ?? []
  return `/v1beta/${collection}/${encodeURIComponent(name.replace(/\p{Surrogate}/gu, ''))}:${method}`
}
