/** A model as `GET /models` lists it. */
export interface Model {
  id: string
  object: 'model'
  /** Unix time in seconds. */
  created: number
  owned_by: string
  /** Day on which it is switched off, where its vendor has said so: `2026-12-11`. */
  shutdown_date?: string | null
  [field: string]: unknown
}

/** The answer to `GET /models`. */
export interface ModelsPage {
  object: 'list'
  data: Model[]
}
