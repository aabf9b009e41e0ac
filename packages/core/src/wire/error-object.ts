/** The `error` of every failed answer. */
export interface ErrorObject {
  message: string
  type: string
  param: string | null
  code: string | null
}
