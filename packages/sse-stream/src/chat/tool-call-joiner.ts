import type { FinishReason, ToolCallDelta } from '@sluice/core/wire'
import type { VendorToolCallDelta } from './chat-decoder.ts'
import { isWholeObject, ObjectEnd } from '../bytes/object-end.ts'
import { ToolNameJoiner } from './tool-name-joiner.ts'

interface KnownCall {
  /** Its place among the calls that the client knows; -1 until it knows this one. */
  index: number
  readonly key: number | string | undefined
  /** The vendor's own id, where it gave one. */
  id: string | undefined
  name: string
  /** What waits for the call to be told. */
  waiting: string
  foreign: Record<string, unknown>
  hasArguments: boolean
  /**
   * All of its arguments is an empty object, which some vendors say before they say the real ones.
   */
  isBlank: boolean
  /** The first piece of its arguments, to know it again. */
  first: string
  end: ObjectEnd
  /** Parts without id and name have come: from then on some may pass here unread. */
  isBare: boolean
  /** Its input is text of any form, in which nothing can be told apart. */
  isCustom: boolean
}

/** A part of a call, read. */
interface Part {
  readonly key: number | string | undefined
  readonly id: string | undefined
  readonly name: string
  readonly text: string
  readonly isWhole: boolean
}

/**
 * Puts the parts of one choice's tool calls in order, however the vendor numbers, names and repeats
 * them: each call is told once with its id and whole name, its arguments behind that, and calls are
 * counted from 0.
 */
export class ToolCallJoiner {
  readonly #names: ToolNameJoiner
  readonly #makeId: (index: number) => string
  readonly #calls: KnownCall[] = []
  readonly #byKey = new Map<number | string, KnownCall>()
  readonly #byId = new Map<string, KnownCall>()
  #count = 0
  /**
   * Whether the last part was one whose like may be handed on without being read: arguments alone,
   * of a call that runs.
   */
  isRunning = false

  /** @param makeId Makes the id of a call that came without one. */
  constructor(names: ToolNameJoiner, makeId: (index: number) => string) {
    this.#names = names
    this.#makeId = makeId
  }

  /** Takes the parts of one event; gives what the client is to know of them. */
  add(parts: readonly VendorToolCallDelta[]): ToolCallDelta[] {
    const told: ToolCallDelta[] = []
    for (const { index, id, type: _type, isWhole, function: fn, custom, ...foreign } of parts) {
      if (custom !== undefined) {
        this.#takeCustom({ index, id: id === '' ? undefined : id, custom }, foreign, told)
        continue
      }
      const part: Part = {
        key: index,
        id: id === '' ? undefined : id,
        name: fn?.name ?? '',
        text: fn?.arguments ?? '',
        isWhole: isWhole === true,
      }
      this.#take(part, foreign, told)
    }
    if (parts.length > 1) this.isRunning = false
    return told
  }

  /**
   * Gives what is missing of all calls at the end of the choice. One without arguments has an empty
   * object, unless it was cut off.
   */
  finish(reason: FinishReason): ToolCallDelta[] {
    const told: ToolCallDelta[] = []
    for (const call of this.#calls) {
      const isEmpty = call.isBlank || (!call.hasArguments && reason !== 'length')
      if (call.index >= 0) {
        if (isEmpty) told.push({ index: call.index, function: { arguments: '{}' } })
      } else if (call.name !== '' || call.hasArguments) {
        if (isEmpty) call.waiting = '{}'
        told.push(this.#open(call))
      }
      call.hasArguments = true
      call.isBlank = false
    }
    return told
  }

  /** How many calls the client knows. */
  get count(): number {
    return this.#count
  }

  #take(part: Part, foreign: Record<string, unknown>, told: ToolCallDelta[]): void {
    const call = this.#find(part) ?? this.#begin(part, told)
    if (part.id !== undefined && call.id === undefined) {
      call.id = part.id
      this.#byId.set(part.id, call)
    }
    const before = call.name
    if (part.name !== '' && (!call.hasArguments || before === ''))
      call.name = this.#names.join(before, part.name)
    const text = takeArguments(call, part)
    const hasForeign = Object.keys(foreign).length > 0
    this.isRunning = false
    if (call.index < 0) {
      call.waiting += text
      Object.assign(call.foreign, foreign)
      if (this.#isReady(call)) told.push(this.#open(call))
      return
    }
    // Clients that put names together want the rest of it; where the tools are known it was whole
    // before it was told.
    const rest = call.name.startsWith(before) ? call.name.slice(before.length) : ''
    if (text === '' && rest === '' && !hasForeign) return
    this.isRunning = part.id === undefined && part.name === '' && !hasForeign && !call.end.isReached
    const name = rest === '' ? {} : { name: rest }
    told.push({ index: call.index, function: { ...name, arguments: text }, ...foreign })
  }

  /** Only OpenAI has such calls, and numbers them as it should. */
  #takeCustom(
    { index, id, custom }: Pick<VendorToolCallDelta, 'index' | 'id' | 'custom'>,
    foreign: Record<string, unknown>,
    told: ToolCallDelta[],
  ): void {
    const known = index === undefined ? this.#byId.get(id ?? '') : this.#byKey.get(index)
    const call = known ?? this.#begin({ key: index, id }, told)
    const { name = '', input = '' } = custom ?? {}
    this.isRunning = false
    call.isCustom = true
    // What it has at its end is all of it, also nothing.
    call.hasArguments = true
    if (call.index >= 0) {
      if (input !== '') told.push({ index: call.index, custom: { input }, ...foreign })
      return
    }
    call.name += name
    call.waiting += input
    Object.assign(call.foreign, foreign)
    if (call.name !== '') told.push(this.#open(call))
  }

  #begin({ key, id }: Pick<Part, 'key' | 'id'>, told: ToolCallDelta[]): KnownCall {
    const last = this.#calls.at(-1)
    if (last !== undefined && last.index < 0 && last.name !== '') told.push(this.#open(last))
    const call: KnownCall = {
      index: -1,
      key,
      id,
      name: '',
      waiting: '',
      foreign: {},
      hasArguments: false,
      isBlank: false,
      first: '',
      end: new ObjectEnd(),
      isBare: false,
      isCustom: false,
    }
    this.#calls.push(call)
    if (key !== undefined) this.#byKey.set(key, call)
    if (id !== undefined) this.#byId.set(id, call)
    return call
  }

  #isReady(call: KnownCall): boolean {
    if (call.name === '') return false
    return (
      call.waiting !== '' ||
      call.isBlank ||
      (call.id !== undefined && this.#names.isWhole(call.name))
    )
  }

  #open(call: KnownCall): ToolCallDelta {
    call.index = this.#count++
    const id = call.id ?? this.#makeId(call.index)
    const { name, waiting, foreign } = call
    call.waiting = ''
    if (call.isCustom)
      return { index: call.index, id, type: 'custom', custom: { name, input: waiting }, ...foreign }
    return {
      index: call.index,
      id,
      type: 'function',
      function: { name, arguments: waiting },
      ...foreign,
    }
  }

  /** The call that a part belongs to; `undefined` where it begins one. */
  #find(part: Part): KnownCall | undefined {
    const { key, id, name } = part
    const last = this.#calls.at(-1)
    const ofId = id === undefined ? undefined : this.#byId.get(id)
    const ofKey = key === undefined ? undefined : this.#byKey.get(key)
    if (ofKey !== undefined) {
      if (ofId !== undefined && ofId !== ofKey) return ofId
      return this.#continues(ofKey, part) ? ofKey : undefined
    }
    if (ofId !== undefined) {
      // Under another index, the same id with the name again is another call, unless the first is
      // in the middle.
      if (key === undefined || name === '' || isInTheMiddle(ofId))
        return this.#continues(ofId, part) ? ofId : undefined
      return undefined
    }
    if (last === undefined || (key !== undefined && last.key !== undefined)) return undefined
    if (key !== undefined) return name === '' && id === undefined ? last : undefined
    return this.#continues(last, part) ? last : undefined
  }

  /** Whether a part with the index of a call, or with none, goes on with it. */
  #continues(call: KnownCall, { id, name, text }: Part): boolean {
    if (id !== undefined && call.id !== undefined && id !== call.id) {
      // Some vendors make up an id for each part; until its arguments are at their end it is the
      // same call.
      if (name === '') return !call.end.isReached || call.isBlank
      return name === call.name && isInTheMiddle(call)
    }
    if (name === '' || call.name === '') return true
    // A name that grows may have been another tool's on its way.
    const grows = id !== undefined && id === call.id && name.startsWith(call.name)
    if (!call.hasArguments) return grows || this.#names.goesOn(call.name, name)
    if (name !== call.name) return false
    if (id !== undefined && id === call.id) return true
    // A vendor that names a call in its first part only begins another one.
    if (call.isBare) return false
    return !call.end.isReached || text === '' || text === call.first
  }
}

/** Whether arguments have begun and not ended, as far as all of them were read here. */
function isInTheMiddle(call: KnownCall): boolean {
  return call.hasArguments && !call.isBare && !call.end.isReached
}

/** The arguments that a part adds to its call: nothing where it says again what has been said. */
function takeArguments(call: KnownCall, { id, name, text, isWhole }: Part): string {
  const isBare = id === undefined && name === ''
  const wasBare = call.isBare
  call.isBare ||= isBare
  if (text === '') return ''
  if (!call.hasArguments && text.trim() === '{}') call.isBlank = !isWhole
  else if (call.isBlank && text.trim() !== '{}') startAgain(call)
  if (call.end.isReached) return ''
  if (!isBare && wasBare && call.hasArguments && isWholeObject(text)) return ''
  // What follows a first bare piece may pass by unread, so that its end is not looked for.
  if (!call.hasArguments || !wasBare) call.end.push(text)
  if (!call.hasArguments) call.first = text
  call.hasArguments = true
  // Told at the end, where nothing comes in its place.
  return call.isBlank ? '' : text
}

function startAgain(call: KnownCall): void {
  call.isBlank = false
  call.hasArguments = false
  call.end = new ObjectEnd()
}
