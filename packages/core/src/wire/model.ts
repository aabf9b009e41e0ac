/** A model as `GET /models` lists it. */
export interface Model {
  id: string
  object: 'model'
  /** Unix time in seconds. */
  created: number
  owned_by: string
  [field: string]: unknown
}

/** The answer to `GET /models`. */
export interface ModelsPage {
  object: 'list'
  data: Model[]
}
