import type { Server } from 'node:http'
import { ApiError, type Clock, type Timer } from '@sluice/core'
import type { ResponseItem } from '@sluice/core/wire'
import type { RawData, WebSocket } from 'ws'
import { inputItems } from '../responses/input-items.ts'
import { ConversationMemory } from './conversation-memory.ts'
import { innerRequest, type InnerRequest } from './inner-request.ts'
import { SocketLane } from './socket-lane.ts'

/** What bounds a session. */
export interface SessionLimits {
  readonly maxLanes: number
  readonly maxMessageBytes: number
  readonly pingMs: number
  readonly idleMs: number
  readonly clock: Clock
}

type Json = Readonly<Record<string, unknown>>

/** So many bytes may lie before a client until its responses wait. */
const MAX_UNTAKEN_BYTES = 64 * 1024
/** Messages in a row that cannot be read until the connection is closed. */
const MAX_NONSENSE = 16
/** WebSocket's own codes of closing (RFC 6455, 7.4.1). */
const CLOSE = { away: 1001, unsupported: 1003, policy: 1008 } as const
/** Headers of the handshake that say nothing of what is asked on the socket. */
const HANDSHAKE = /^(?:connection|upgrade|content-.*|transfer-encoding|expect|sec-websocket-.*)$/

/** A response on its way. */
interface Lane {
  id: string | undefined
  isCancelled: boolean
  stop: () => void
}

/**
 * One client's socket. Each `response.create` becomes a `POST` to the host's own server, so that it
 * passes the same keys, limits and stages; what comes of it goes out as one text frame for each
 * event. What responses were about is remembered for as long as the connection lasts.
 */
export class SocketSession {
  readonly #server: Server
  readonly #socket: WebSocket
  readonly #request: Omit<InnerRequest, 'method' | 'body'>
  readonly #limits: SessionLimits
  readonly #memory: ConversationMemory
  readonly #lanes = new Set<Lane>()
  #nonsense = 0
  #isAlive = true
  #lastUsedMs: number
  #timer: Timer

  /** `request` is the handshake: its headers and its path are those of all that is asked. */
  constructor(
    server: Server,
    socket: WebSocket,
    request: Omit<InnerRequest, 'method' | 'body'>,
    limits: SessionLimits,
  ) {
    this.#server = server
    this.#socket = socket
    const headers = Object.entries(request.headers).filter(([name]) => !HANDSHAKE.test(name))
    this.#request = {
      ...request,
      headers: { ...Object.fromEntries(headers), 'content-type': 'application/json' },
    }
    this.#limits = limits
    this.#memory = new ConversationMemory(limits.maxMessageBytes)
    this.#lastUsedMs = limits.clock.now()
    socket.on('message', (data, isBinary) => this.#message(data, isBinary))
    socket.on('pong', () => (this.#isAlive = true))
    socket.on('close', () => this.#close())
    // A frame that is too long or broken has closed the socket already.
    socket.on('error', () => {})
    this.#beat()
  }

  /** Ends the connection; running responses are broken off. */
  end(): void {
    this.#socket.close(CLOSE.away, 'The server is going away.')
  }

  #message(data: RawData, isBinary: boolean): void {
    this.#lastUsedMs = this.#limits.clock.now()
    if (isBinary) return this.#socket.close(CLOSE.unsupported, 'Send text frames.')
    let message: unknown
    try {
      message = JSON.parse(textOf(data))
    } catch {
      return this.#nonsensical('The message is not JSON.')
    }
    const { type } = (message ?? {}) as { type?: unknown }
    if (type === 'response.create') this.#create(message as Json)
    else if (type === 'response.cancel') this.#cancel(message as Json)
    else return this.#nonsensical('The message has no type that is known here.')
    this.#nonsense = 0
  }

  #nonsensical(message: string): void {
    if (++this.#nonsense > MAX_NONSENSE)
      return this.#socket.close(CLOSE.policy, 'Too many messages that cannot be read.')
    this.#fail(new ApiError('invalid_request_error', { message, param: 'type' }))
  }

  #create({ type: _type, ...params }: Json): void {
    const { maxLanes } = this.#limits
    if (this.#lanes.size >= maxLanes) {
      const message = `A connection runs at most ${maxLanes} responses at a time.`
      return this.#fail(new ApiError('rate_limit_exceeded', { message, type: 'concurrency' }))
    }
    const { previous_response_id: previous, ...rest } = params
    const before = typeof previous === 'string' ? this.#memory.get(previous) : undefined
    const own = inputItems(params['input'])
    const asked: Json = {
      ...(before === undefined ? params : { ...rest, input: [...before, ...own] }),
      stream: true,
    }
    const lane: Lane = { id: undefined, isCancelled: false, stop: () => {} }
    this.#lanes.add(lane)
    const owner = new SocketLane(
      {
        send: (text, done) => this.#send(text, done),
        refuse: (status, body) => this.#sendError(status, body),
        began: (id) => (lane.id = id),
        ended: (response, isWhole) => {
          const isBroken = !isWhole && response === undefined && !lane.isCancelled
          if (isBroken) this.#fail(brokenOff())
          this.#lanes.delete(lane)
          this.#lastUsedMs = this.#limits.clock.now()
          this.#remember(response, [...(before ?? []), ...own], previous)
        },
      },
      this.#limits.maxMessageBytes,
    )
    const body = new TextEncoder().encode(JSON.stringify(asked))
    lane.stop = innerRequest(this.#server, { ...this.#request, method: 'POST', body }, owner)
  }

  /** One that failed cannot be gone on from, nor what it went on from. */
  #remember(response: unknown, before: readonly ResponseItem[], previous: unknown): void {
    const { id, output } = (response ?? {}) as { id?: unknown; output?: unknown }
    if (typeof id === 'string' && Array.isArray(output))
      this.#memory.set(id, [...before, ...(output as ResponseItem[])])
    else if (typeof previous === 'string') this.#memory.delete(previous)
  }

  #cancel({ response_id: id }: Json): void {
    const [latest] = [...this.#lanes].toReversed()
    const lane = id === undefined ? latest : [...this.#lanes].find((one) => one.id === id)
    if (lane !== undefined) {
      lane.isCancelled = true
      return lane.stop()
    }
    const message = 'No response with this id is under way on this connection.'
    this.#fail(new ApiError('invalid_request_error', { message, param: 'response_id' }))
  }

  #fail(error: ApiError): void {
    this.#sendError(error.status, JSON.stringify(error.toBody()))
  }

  #sendError(status: number, body: string): void {
    let error: unknown
    try {
      error = (JSON.parse(body) as { error?: unknown }).error
    } catch {
      // The host's own page: what it says is for people.
    }
    const { error: unknown } = new ApiError('server_error', {
      message: `The request failed with status ${status}.`,
    }).toBody()
    const said = { type: 'error', status, error: error ?? unknown }
    this.#send(JSON.stringify(said), () => {})
  }

  #send(text: string, done: () => void): void {
    const socket = this.#socket
    if (socket.readyState !== socket.OPEN) return done()
    const isSlow = socket.bufferedAmount + text.length > MAX_UNTAKEN_BYTES
    socket.send(text, isSlow ? () => done() : undefined)
    if (!isSlow) done()
  }

  /** Finds out whether the client is still there, and whether anybody still wants it. */
  readonly #beat = (): void => {
    const { pingMs, idleMs, clock } = this.#limits
    if (!this.#isAlive) return this.#socket.terminate()
    const isIdle = this.#lanes.size === 0 && clock.now() - this.#lastUsedMs >= idleMs
    if (isIdle) return this.#socket.close(CLOSE.away, 'The connection was idle.')
    this.#isAlive = false
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping()
    this.#timer = clock.setTimeout(this.#beat, pingMs)
  }

  #close(): void {
    if (this.#timer !== undefined) this.#limits.clock.clearTimeout(this.#timer)
    for (const lane of this.#lanes) lane.stop()
  }
}

function brokenOff(): ApiError {
  return new ApiError('stream_incomplete', { message: 'The response was broken off.' })
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8')
  return Buffer.from(data as Uint8Array).toString('utf8')
}
