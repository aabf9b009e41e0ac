import type { Batch, Call, Operation } from '@sluice/core'
import type { Observable } from 'rxjs'
import type { z } from 'zod'
import type { FormShape } from '../multipart/form-params.ts'
import type { StoredResponseRequest } from '../responses/responses-host.ts'
import type { ParamsCheck } from '../validation/validate.ts'
import type { DialectForm } from './dialect-form.ts'

/** Turns the responses of a call into the form that a client of the dialect reads. */
export type Respond = (responses: Observable<Batch>, call: Call) => Observable<Batch>

/** One thing that can be asked over HTTP. */
export interface Route {
  readonly method: 'GET' | 'POST'
  readonly operation: Operation
  /** Checks the params; absent where there are none. */
  readonly schema?: z.ZodObject
  /** The body is a form, and this says what its fields stand for. */
  readonly form?: FormShape
  /** The model to ask for where the client names none. */
  readonly defaultModel?: string
  /** Whether a streamed response ends with `data: [DONE]`. @defaultValue the dialect's own */
  readonly done?: boolean
  /** Makes other params of a checked body, and the client's response of the model's. */
  readonly instead?: {
    readonly params: (body: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>
    readonly respond: Respond
  }
  /**
   * Gives the params for a body of another form than the schema's, and what of it has no place in
   * them; `undefined` for a body that is none.
   *
   * @throws ApiError 400
   */
  readonly otherForm?: (params: Readonly<Record<string, unknown>>) => OtherForm | undefined
}

/** Params that were made of a body of another form. */
export interface OtherForm {
  readonly params: Record<string, unknown>
  /** What was left out, as `x-sluice-dropped-params` tells it. */
  readonly drops: readonly string[]
}

/** A row of the table, made ready for requests. */
export interface RouteMatch {
  readonly kind: 'route'
  readonly form: DialectForm
  readonly route: Route
  readonly methods: readonly string[]
  /** Absent where there are no params. */
  readonly check: ParamsCheck | undefined
  /** Adds to a checked body what the path says of the call. */
  readonly params?: (body: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>
  /** Whether the params are another operation's, which the client's bytes cannot stand for. */
  readonly isTranslated?: boolean
  readonly respond?: Respond
}

/** A model that is asked for by its name. */
export interface ModelMatch {
  readonly kind: 'model'
  readonly form: DialectForm
  readonly id: string
  readonly methods: readonly string[]
  readonly respond?: Respond
}

/** What a path under the mount stands for. */
export type Match =
  | RouteMatch
  | ModelMatch
  | {
      readonly kind: 'stored-response'
      readonly asked: StoredResponseRequest
      readonly methods: readonly string[]
    }
  | { readonly kind: 'not-served'; readonly family: string; readonly form?: DialectForm }
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'unknown' }

/** A target that says nothing, because its escapes or its host are broken. */
export const UNREADABLE: Match = { kind: 'unreadable' }
