import {
  ApiError,
  mayUseModel,
  type Clock,
  type Principal,
  type ResponseStore,
  type StoredResponse,
  type Timer,
} from '@sluice/core'
import { isPromiseLike } from '@sluice/core/internal'
import type { Response, ResponseItem } from '@sluice/core/wire'
import { isItemKey, itemKey, itemNotFound, itemPointers, referredId } from './item-references.ts'

/** What a keeper needs beside the store. */
export interface ResponseKeeperOptions {
  readonly store: ResponseStore
  readonly ttlMs: number
  readonly maxChain: number
  readonly maxChainBytes: number
  readonly storeTimeoutMs: number
  readonly clock: Clock
}

/** Responses that are read before others get their turn. */
const READ_AT_A_TIME = 32

/** An input in which nothing refers to anything any more. */
export interface ResolvedInput {
  readonly items: readonly ResponseItem[]
  /** Bytes of what was referred to, as JSON. */
  readonly bytes: number
}

/**
 * The store, with what it lacks: a time limit, errors that a client can read, and conversations.
 * Every method fails with a 503 where the store is down.
 */
export class ResponseKeeper {
  readonly #options: ResponseKeeperOptions

  constructor(options: ResponseKeeperOptions) {
    this.#options = options
  }

  /**
   * @throws ApiError the same 404 for what is unknown, deleted, expired, somebody else's, or of a
   * model that the caller must not use
   */
  async get(principal: Principal | undefined, id: string): Promise<StoredResponse> {
    const stored = await this.#allowed(principal, id)
    if (stored === undefined) throw responseNotFound(id)
    return stored
  }

  find(owner: string, id: string): Promise<StoredResponse | undefined> {
    return this.#ask(
      (store) => store.get(owner, id),
      (answer) => readStored(answer, id),
    )
  }

  async put(owner: string, stored: StoredResponse): Promise<void> {
    const { ttlMs } = this.#options
    const keep = (key: string, value: StoredResponse) =>
      this.#ask(
        (store) => store.put(owner, key, value, ttlMs),
        () => {},
      )
    await keep(stored.response.id, stored)
    await Promise.all(itemPointers(stored.response).map(([key, item]) => keep(key, item)))
  }

  delete(owner: string, id: string): Promise<boolean> {
    return this.#ask((store) => store.delete(owner, id), readDeleted)
  }

  /**
   * What was said before: input and output of a response and of all before it, oldest first.
   *
   * @throws ApiError 400 `previous_response_not_found`, or `context_length_exceeded` for a chain
   * that is too long
   */
  async conversation(
    principal: Principal | undefined,
    previousId: string,
  ): Promise<ResponseItem[]> {
    const { maxChain, maxChainBytes } = this.#options
    const turns: StoredResponse[] = []
    let bytes = 0
    for (
      let id: unknown = previousId;
      typeof id === 'string';
      id = turns.at(-1)?.response['previous_response_id']
    ) {
      if (turns.length >= maxChain) throw tooLong(`more than ${maxChain} responses`)
      if (turns.length > 0 && turns.length % READ_AT_A_TIME === 0) await new Promise(setImmediate)
      const stored = isItemKey(id) ? undefined : await this.#allowed(principal, id)
      if (stored === undefined) throw previousNotFound(id)
      if (isUnderWay(stored.response)) throw previousUnderWay(id)
      bytes += stored.size
      if (bytes > maxChainBytes) throw tooLong(`more than ${maxChainBytes} bytes`)
      turns.push(stored)
    }
    return turns.toReversed().flatMap(({ input, response }) => [...input, ...response.output])
  }

  /**
   * An input with the items themselves in place of the references to them.
   *
   * @throws ApiError 404 for an item that is not there for this caller, or
   * `context_length_exceeded`
   */
  async resolved(
    principal: Principal | undefined,
    input: readonly ResponseItem[],
  ): Promise<ResolvedInput> {
    const { maxChainBytes } = this.#options
    const known = new Map<string, ResponseItem>()
    const sizes = new Map<ResponseItem, number>()
    const items: ResponseItem[] = []
    let bytes = 0
    let read = 0
    for (const item of input) {
      const id = referredId(item)
      if (id === undefined) {
        items.push(item)
        continue
      }
      if (++read % READ_AT_A_TIME === 0) await new Promise(setImmediate)
      const found = known.get(id) ?? (await this.#item(principal, id, known))
      if (found === undefined) throw itemNotFound(id)
      const size = sizes.get(found) ?? JSON.stringify(found).length
      sizes.set(found, size)
      bytes += size
      if (bytes > maxChainBytes) throw tooLong(`more than ${maxChainBytes} bytes`, 'input')
      items.push(found)
    }
    return { items, bytes }
  }

  /**
   * What else the response that it belongs to holds is added to `known`: a client refers to all of
   * it, mostly.
   */
  async #item(
    principal: Principal | undefined,
    id: string,
    known: Map<string, ResponseItem>,
  ): Promise<ResponseItem | undefined> {
    const pointer = await this.#ask(
      (store) => store.get(ownerOf(principal), itemKey(id)),
      (answer) => readStored(answer),
    )
    const stored = pointer && (await this.#allowed(principal, pointer.response.id))
    for (const item of stored?.response.output ?? [])
      if (item.id !== undefined) known.set(item.id, item)
    return known.get(id)
  }

  /** A response of the caller's, unless it is of a model that the caller's key must not use. */
  async #allowed(
    principal: Principal | undefined,
    id: string,
  ): Promise<StoredResponse | undefined> {
    const stored = await this.find(ownerOf(principal), id)
    const isAllowed = stored?.model === undefined || mayUseModel(principal, stored.model)
    return isAllowed ? stored : undefined
  }

  /** `read` takes a store's answer for what it is, and throws where it is nonsense. */
  async #ask<Answer>(
    question: (store: ResponseStore) => unknown,
    read: (answer: unknown) => Answer,
  ): Promise<Answer> {
    try {
      const answer = question(this.#options.store)
      return read(isPromiseLike(answer) ? await this.#inTime(answer) : answer)
    } catch (error) {
      throw new ApiError('overloaded', {
        message: 'Stored responses cannot be reached at the moment.',
        retryAfterMs: 1000,
        cause: error,
      })
    }
  }

  #inTime(answer: PromiseLike<unknown>): Promise<unknown> {
    const { clock, storeTimeoutMs } = this.#options
    return new Promise((resolve, reject) => {
      const timer: Timer = clock.setTimeout(
        () => reject(new Error('The store did not answer in time.')),
        storeTimeoutMs,
      )
      Promise.resolve(answer)
        .then(resolve, reject)
        .finally(() => clock.clearTimeout(timer))
    })
  }
}

function readStored(answer: unknown, id?: string): StoredResponse | undefined {
  if (answer === undefined || answer === null) return undefined
  const { response, input, size } = answer as Partial<StoredResponse>
  const isNamed = id === undefined ? typeof response?.id === 'string' : response?.id === id
  const isStored = isNamed && Array.isArray(response?.output) && Array.isArray(input)
  if (isStored && typeof size === 'number' && size >= 0) return answer as StoredResponse
  throw new TypeError('A ResponseStore has to give what was put under an id, or undefined.')
}

function readDeleted(answer: unknown): boolean {
  if (typeof answer === 'boolean') return answer
  throw new TypeError(
    'A ResponseStore has to say whether there was something to delete, by true or false.',
  )
}

/** Whose responses these are, as stores name it. Callers that nobody has named share theirs. */
export function ownerOf(principal: Principal | undefined): string {
  return principal === undefined ? '' : JSON.stringify([principal.tenant, principal.id])
}

/** Whether a response has not come to its end. */
export function isUnderWay({ status }: Response): boolean {
  return status === 'queued' || status === 'in_progress'
}

/** A 404 that does not tell what is unknown from what is not the caller's. */
export function responseNotFound(id: string): ApiError {
  return new ApiError('not_found', {
    message: `Response with id '${printable(id)}' not found.`,
    wireCode: null,
  })
}

function previousNotFound(id: string): ApiError {
  return new ApiError('invalid_request_error', {
    message: `Previous response with id '${printable(id)}' not found.`,
    param: 'previous_response_id',
    wireCode: 'previous_response_not_found',
  })
}

function previousUnderWay(id: string): ApiError {
  return new ApiError('invalid_request_error', {
    message: `Previous response with id '${printable(id)}' is not complete yet.`,
    param: 'previous_response_id',
  })
}

function tooLong(what: string, param = 'previous_response_id'): ApiError {
  return new ApiError('context_length_exceeded', {
    message: `The conversation behind '${param}' is too long: ${what}.`,
    param,
  })
}

function printable(id: string): string {
  return id.replace(/[^\x20-\x7e]/g, '?').slice(0, 128)
}
