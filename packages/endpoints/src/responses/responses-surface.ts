import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  ApiError,
  createGate,
  exchangeOf,
  mayUseModel,
  systemClock,
  type Batch,
  type Call,
  type Clock,
  type Principal,
  type StoredResponse,
} from '@sluice/core'
import { draftResponse } from '@sluice/core/internal'
import type { Response, ResponseCreateParams, ResponseItem } from '@sluice/core/wire'
import { DocumentBatch, TypedEventBatch } from '@sluice/sse-stream/internal'
import { of, type Observable } from 'rxjs'
import { BackgroundRun } from './background-run.ts'
import { inputItems, pageOfItems } from './input-items.ts'
import { referredId } from './item-references.ts'
import { memoryResponseStore } from './memory-response-store.ts'
import { isUnderWay, ownerOf, ResponseKeeper, responseNotFound } from './response-keeper.ts'
import type { ResponsesHost, StoredResponseRequest } from './responses-host.ts'
import type { ResponsesOptions } from './responses-options.ts'
import { settledResponse } from './settled-response.ts'

/** What a client sent to have a response made. */
interface Sent {
  readonly params: ResponseCreateParams
  readonly input: readonly ResponseItem[]
  /** Bytes of it, about. */
  readonly size: () => number
  readonly respond: Respond
}

/** Turns a response into what the client asked for. */
type Respond = (responses: Observable<Batch>, call: Call) => Observable<Batch>

const asItIs: Respond = (responses) => responses

/**
 * `/responses` in full: asks the handler for responses, keeps them, continues conversations, runs
 * in the background what is to run there, and serves what was kept to whom it belongs. Where the
 * store is down, a response is still given, with `store: false`; what needs the store gets a 503.
 */
export class ResponsesSurface {
  readonly #host: ResponsesHost
  readonly #options: ResponsesOptions
  readonly #clock: Clock
  readonly #keeper: ResponseKeeper | undefined
  /** Background responses of this process, by owner and id. */
  readonly #runs = new Map<string, BackgroundRun>()

  constructor(host: ResponsesHost, options: ResponsesOptions, clock: Clock = systemClock) {
    this.#host = host
    this.#options = options
    this.#clock = clock
    const {
      store = memoryResponseStore({ clock }),
      ttlMs = 30 * 24 * 3_600_000,
      storeTimeoutMs = 2000,
    } = options
    const { maxChain = 500, maxChainBytes = 20 * 1024 * 1024 } = options
    if (store !== false)
      this.#keeper = new ResponseKeeper({
        store,
        ttlMs,
        storeTimeoutMs,
        maxChain,
        maxChainBytes,
        clock,
      })
  }

  /** `POST /responses`, its body read and checked. `bytes` are the body's own. */
  create(
    req: IncomingMessage,
    res: ServerResponse,
    params: ResponseCreateParams,
    bytes: Uint8Array | undefined,
    respond: Respond = asItIs,
  ): void {
    const keeper = this.#keeper
    const previousId = keeper === undefined ? undefined : (params.previous_response_id ?? undefined)
    const input = inputItems(params.input)
    const refers = keeper !== undefined && input.some((item) => referredId(item) !== undefined)
    const size = () => bytes?.length ?? JSON.stringify(input).length
    const sent: Sent = { params, input, size, respond }
    if (params.background !== true && previousId === undefined && !refers) {
      return this.#answer(req, res, sent, this.#host.call(req, params, bytes))
    }
    this.#guarded(req, res, async () => {
      if (params.background === true && (keeper === undefined || params.store === false))
        throw backgroundNeedsStore()
      const { principal } = exchangeOf(req)
      const before =
        previousId === undefined ? [] : await keeper!.conversation(principal, previousId)
      const own = refers ? await keeper.resolved(principal, input) : { items: input, bytes: 0 }
      if (res.destroyed) return
      const { previous_response_id: _previous, background, ...rest } = params
      const isSame = before.length === 0 && !refers
      const asked: ResponseCreateParams = isSame
        ? rest
        : { ...rest, input: [...before, ...own.items] }
      const whole: Sent = { ...sent, input: own.items, size: () => sent.size() + own.bytes }
      if (background === true) {
        await this.#runInBackground(
          req,
          res,
          whole,
          this.#host.call(req, { ...asked, stream: true }),
        )
      } else
        this.#answer(req, res, whole, this.#host.call(req, asked), {
          previous_response_id: previousId ?? null,
        })
    })
  }

  /** What is asked of a response that exists: `GET`, `DELETE`, its input items, to cancel it. */
  serve(req: IncomingMessage, res: ServerResponse, { id, part }: StoredResponseRequest): void {
    this.#guarded(req, res, async () => {
      const keeper = this.#keeper
      if (keeper === undefined || !/^[\w.-]{1,128}$/.test(id)) throw responseNotFound(id)
      const { principal } = exchangeOf(req)
      const query = queryOf(req)
      if (part === 'cancel') return this.#show(req, res, await this.#cancel(keeper, principal, id))
      if (req.method === 'DELETE')
        return this.#show(req, res, await this.#delete(keeper, principal, id))
      if (part === 'input_items') {
        return this.#show(req, res, pageOfItems(id, (await keeper.get(principal, id)).input, query))
      }
      if (query.get('stream') === 'true') return this.#resume(req, res, keeper, query, id)
      const run = this.#runOf(principal, id)
      this.#show(
        req,
        res,
        run === undefined ? (await keeper.get(principal, id)).response : run.response,
      )
    })
  }

  /** A background response of the caller's that is under way here. */
  #runOf(principal: Principal | undefined, id: string): BackgroundRun | undefined {
    const run = this.#runs.get(keyOf(ownerOf(principal), id))
    if (run !== undefined && !mayUseModel(principal, run.model)) throw responseNotFound(id)
    return run
  }

  #answer(
    req: IncomingMessage,
    res: ServerResponse,
    sent: Sent,
    call: Call<'responses.create'>,
    patch?: Partial<Response>,
  ): void {
    let asked: Observable<Batch>
    try {
      asked = this.#host.ask(req, call)
    } catch (error) {
      return this.#host.refuse(req, res, ApiError.from(error), call)
    }
    const keeper = sent.params.store === false ? undefined : this.#keeper
    const { model } = call
    const keep = (response: Response, bytes: number) =>
      this.#kept(
        keeper!,
        ownerOf(call.principal),
        { response, input: sent.input, model, size: sent.size() + bytes },
        call,
      )
    const answer = settledResponse(asked, {
      gate: call.gate,
      patch,
      keep: keeper === undefined ? undefined : keep,
      onBroken: (error) => this.#host.report(error, call),
    })
    this.#host.write(req, res, sent.respond(answer, call), call)
  }

  async #runInBackground(
    req: IncomingMessage,
    res: ServerResponse,
    sent: Sent,
    call: Call<'responses.create'>,
  ): Promise<void> {
    const { maxBackground = 100, maxBackgroundBytes = 8 * 1024 * 1024 } = this.#options
    if (this.#runs.size >= maxBackground) {
      throw new ApiError('overloaded', {
        message: 'Too many background responses are under way.',
        retryAfterMs: 5000,
      })
    }
    const keeper = this.#keeper!
    const asked = this.#host.ask(req, call)
    const owner = ownerOf(call.principal)
    const draft = draftResponse(sent.params, {
      id: `resp_${randomUUID().replaceAll('-', '')}`,
      createdAt: Math.floor(this.#clock.wall() / 1000),
      model: call.model,
      status: 'queued',
    })
    const { id, created_at, background, previous_response_id } = draft
    const key = keyOf(owner, id)
    const run = new BackgroundRun({
      draft,
      maxBytes: maxBackgroundBytes,
      onEnd: (failure) => {
        if (failure !== undefined) this.#host.report(failure, call)
        void this.#keepEnd(keeper, owner, run, sent, call).finally(() => this.#runs.delete(key))
      },
    })
    this.#runs.set(key, run)
    try {
      await keeper.put(owner, {
        response: draft,
        input: sent.input,
        model: run.model,
        size: sent.size(),
      })
    } catch (error) {
      this.#runs.delete(key)
      throw error
    }
    const patch = { id, created_at, background, previous_response_id }
    const refusal = run.start(settledResponse(asked, { gate: call.gate, patch }))
    if (refusal !== undefined) {
      this.#runs.delete(key)
      this.#host.refuse(req, res, refusal, call)
      await keeper.delete(owner, id).catch(() => {})
      return
    }
    if (res.destroyed) return
    if (sent.params.stream === true) this.#host.write(req, res, run.follow(-1, createGate()), call)
    else this.#show(req, res, run.response, call)
  }

  /**
   * Keeps how a background response ended, unless it was deleted or cancelled meanwhile, be it by
   * another process.
   */
  async #keepEnd(
    keeper: ResponseKeeper,
    owner: string,
    run: BackgroundRun,
    sent: Sent,
    call: Call,
  ): Promise<void> {
    const { response, model, events, bytes } = run
    try {
      const before = await keeper.find(owner, response.id)
      if (before === undefined || before.response.status === 'cancelled') return
    } catch {
      // A store that cannot be read may still take what is put.
    }
    await this.#kept(
      keeper,
      owner,
      { response, input: sent.input, model, size: sent.size() + bytes, events },
      call,
    )
  }

  async #kept(
    keeper: ResponseKeeper,
    owner: string,
    stored: StoredResponse,
    call: Call,
  ): Promise<boolean> {
    try {
      await keeper.put(owner, stored)
      return true
    } catch (error) {
      this.#host.report(ApiError.from(error), call)
      return false
    }
  }

  async #resume(
    req: IncomingMessage,
    res: ServerResponse,
    keeper: ResponseKeeper,
    query: URLSearchParams,
    id: string,
  ): Promise<void> {
    const { principal } = exchangeOf(req)
    const asked = query.get('starting_after')
    const after = asked === null ? -1 : Number(asked)
    if (!Number.isInteger(after) || after < -1) {
      const message = "Invalid 'starting_after': expected the sequence number of an event."
      throw new ApiError('invalid_request_error', { message, param: 'starting_after' })
    }
    const gate = createGate()
    const run = this.#runOf(principal, id)
    if (run !== undefined) return this.#host.write(req, res, run.follow(after, gate))
    const { response, events } = await keeper.get(principal, id)
    if (events === undefined) {
      const message = isUnderWay(response)
        ? 'This response is under way in another process and cannot be streamed from here.'
        : 'This response cannot be streamed because it was not created with background=true.'
      throw new ApiError('invalid_request_error', { message, param: 'stream' })
    }
    const rest = events.filter(({ sequence_number: number }) => number > after)
    this.#host.write(req, res, of(new TypedEventBatch({ events: rest }, gate)))
  }

  async #cancel(
    keeper: ResponseKeeper,
    principal: Principal | undefined,
    id: string,
  ): Promise<Response> {
    const run = this.#runOf(principal, id)
    if (run !== undefined) {
      run.cancel()
      return run.response
    }
    const stored = await keeper.get(principal, id)
    if (stored.response['background'] !== true) {
      throw new ApiError('invalid_request_error', {
        message: 'Only responses created with background=true can be cancelled.',
      })
    }
    if (!isUnderWay(stored.response)) return stored.response
    const response: Response = { ...stored.response, status: 'cancelled' }
    await keeper.put(ownerOf(principal), { ...stored, response })
    return response
  }

  async #delete(
    keeper: ResponseKeeper,
    principal: Principal | undefined,
    id: string,
  ): Promise<unknown> {
    const owner = ownerOf(principal)
    const isThere = await keeper.delete(owner, id)
    if (!isThere) throw responseNotFound(id)
    // Only now: what it would have been kept as at its end has no place any more.
    this.#runs.get(keyOf(owner, id))?.cancel()
    return { id, object: 'response', deleted: true }
  }

  #show(req: IncomingMessage, res: ServerResponse, value: unknown, call?: Call): void {
    this.#host.write(
      req,
      res,
      of(new DocumentBatch<unknown, unknown>({ value }, createGate())),
      call,
    )
  }

  #guarded(req: IncomingMessage, res: ServerResponse, work: () => Promise<void>): void {
    work().catch((error: unknown) => this.#host.refuse(req, res, ApiError.from(error)))
  }
}

function keyOf(owner: string, id: string): string {
  return `${owner.length}:${owner}${id}`
}

function backgroundNeedsStore(): ApiError {
  return new ApiError('invalid_request_error', {
    message: "Background responses have to be stored: leave out 'store' or set it to true.",
    param: 'background',
  })
}

function queryOf({ url = '' }: IncomingMessage): URLSearchParams {
  const at = url.indexOf('?')
  return new URLSearchParams(at < 0 ? '' : url.slice(at))
}
