import { isObject, type Json } from '../../vendor-spec/json.ts'

/** One error body of a vendor's, whatever its shape. */
export interface VendorError {
  readonly message: string | undefined
  readonly type: string | undefined
  /** A code in words; its numbers mean something to the vendor alone. */
  readonly code: string | undefined
  readonly param: string | undefined
  /** A status that the body itself names. */
  readonly status: number | undefined
  /** Further words of the vendor's for the kind of failure, such as Google's `reason`. */
  readonly reasons: readonly string[]
}

/** Errors stand in errors in errors: a relay's holds its vendor's, and that may hold it as text. */
const MAX_DEPTH = 4
/** Of a list of complaints the first ones are told. */
const MAX_ITEMS = 8
/** More than any message holds that a person should read. Beyond it nothing is looked at. */
const MAX_TEXT = 4000
/** Errors that are held as JSON in a text are read up to this length. */
const MAX_NESTED = 65_536
/** What an answer of any operation has, and an error that speaks for itself has not. */
const ANSWERS = [
  'choices',
  'content',
  'candidates',
  'data',
  'output',
  'embeddings',
  'results',
  'text',
] as const
const MESSAGES = [
  'message',
  'msg',
  'detail',
  'error_msg',
  'error_message',
  'status_msg',
  'Message',
] as const
/** Members that say what failed where it is known that something did. */
const ASIDES = [
  'error_description',
  'description',
  'reason',
  'title',
  'faultstring',
  'errors',
  'details',
] as const
const ALL_MESSAGES = [...MESSAGES, ...ASIDES] as const
const HOLDERS = ['error', 'base_resp', 'fault', 'Error'] as const

/**
 * Reads an error body; `undefined` where it is none. `isCertain`: its status has said that it is
 * one.
 */
export function readVendorError(body: unknown, isCertain = false): VendorError | undefined {
  const whole = Array.isArray(body) ? (body[0] as unknown) : body
  if (isCertain && Array.isArray(body) && typeof whole === 'string')
    return fieldsOf({ message: body }, 0)
  if (!isObject(whole)) return undefined
  if (isCertain) return fieldsOf(whole, 0)
  const base = whole['base_resp']
  // It stands in each answer of the vendors that have it, and says 0 where all is well.
  const failsByBase =
    isObject(base) && base['status_code'] !== undefined && Number(base['status_code']) !== 0
  const held =
    failsByBase || isGiven(whole['error']) || isGiven(whole['errors']) || isObject(whole['fault'])
  if (held) return fieldsOf(whole, 0)
  if (ANSWERS.some((name) => isGiven(whole[name]))) return undefined
  const failed = whole['success'] === false || whole['type'] === 'error' || isObject(whole['Error'])
  const speaks = MESSAGES.some((name) => textOf(whole[name], 0) !== undefined)
  return failed || speaks ? fieldsOf(whole, 0) : undefined
}

function isGiven(value: unknown): boolean {
  return (
    value !== undefined &&
    value !== null &&
    value !== '' &&
    value !== false &&
    value !== 0 &&
    !isEmptyList(value)
  )
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

function fieldsOf(error: Json, depth: number): VendorError {
  const inner = depth < MAX_DEPTH ? innerOf(error) : undefined
  const told = inner === undefined ? undefined : fieldsOf(inner, depth + 1)
  const code = error['code'] ?? error['error_code'] ?? error['status_code'] ?? error['Code']
  const message = firstText(error, 0)
  return {
    // A relay's own words, such as "Provider returned error", say less than those that they stand
    // around.
    message: told?.message ?? message ?? textOf(error['error'], 0),
    type: told?.type ?? word(error['type']),
    code: told?.code ?? word(code) ?? name(error['status']),
    param:
      told?.param ??
      (typeof error['param'] === 'string' && error['param'] !== '' ? error['param'] : undefined),
    status:
      told?.status ??
      status(code) ??
      status(error['status']) ??
      status(error['http_code']) ??
      status(error['statusCode']) ??
      status(error['error']),
    reasons: [
      ...(told?.reasons ?? []),
      ...reasonsOf(error),
      ...(told === undefined ? [] : words(error)),
    ],
  }
}

/** The error inside an error, as an object or as its JSON. */
function innerOf(error: Json): Json | undefined {
  for (const name of HOLDERS) {
    const held = error[name]
    if (isObject(held)) return held
    if (Array.isArray(held) && isObject(held[0])) return held[0]
    const parsed = parseNested(held)
    if (parsed !== undefined) return parsed
  }
  const { errors, message, detail, metadata } = error
  if (Array.isArray(errors) && errors.length === 1 && isObject(errors[0])) return errors[0]
  for (const value of [isObject(metadata) ? metadata['raw'] : undefined, message, detail]) {
    const parsed = parseNested(value)
    if (parsed !== undefined) return parsed
    if (isObject(value)) return value
  }
  return undefined
}

function parseNested(value: unknown): Json | undefined {
  if (typeof value !== 'string' || value.length > MAX_NESTED) return undefined
  const text = value.trim()
  if (!text.startsWith('{') && !text.startsWith('[{')) return undefined
  try {
    const json: unknown = JSON.parse(text)
    const whole = Array.isArray(json) ? (json[0] as unknown) : json
    return isObject(whole) ? whole : undefined
  } catch {
    return undefined
  }
}

/**
 * What a value says to a person: a text, a list of complaints with their places, an object with a
 * message.
 */
function textOf(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string') return value.trim() === '' ? undefined : cut(value)
  if (depth >= MAX_DEPTH) return undefined
  if (Array.isArray(value)) {
    const items = value.slice(0, MAX_ITEMS).map((item: unknown) => textOf(item, depth + 1))
    return joined(items)
  }
  if (!isObject(value)) return undefined
  const said = firstText(value, depth + 1)
  if (said !== undefined) {
    const place = placeOf(value['loc'] ?? value['path'] ?? value['field'])
    return place === undefined ? said : `${place}: ${said}`
  }
  // Complaints by the names of the fields: `{ "model": ["is required"] }`.
  const fields = Object.entries(value).slice(0, MAX_ITEMS)
  return joined(
    fields.map(([name, complaint]) => {
      const text = Array.isArray(complaint) ? textOf(complaint, depth + 1) : undefined
      return text === undefined ? undefined : `${cut(name)}: ${text}`
    }),
  )
}

function firstText(error: Json, depth: number): string | undefined {
  for (const name of ALL_MESSAGES) {
    const text = textOf(error[name], depth)
    if (text !== undefined) return text
  }
  return undefined
}

function joined(texts: readonly (string | undefined)[]): string | undefined {
  const said = texts.filter((text) => text !== undefined)
  return said.length === 0 ? undefined : cut(said.join('; '))
}

function placeOf(place: unknown): string | undefined {
  if (typeof place === 'string' && place !== '') return cut(place)
  if (!Array.isArray(place) || place.length === 0) return undefined
  const steps = place
    .slice(0, MAX_ITEMS)
    .filter((step) => typeof step === 'string' || typeof step === 'number')
  return steps.length === 0 ? undefined : cut(steps.join('.'))
}

/** At a blank, so that a secret is not cut in two and its half no longer known for one. */
function cut(text: string): string {
  if (text.length <= MAX_TEXT) return text
  const blank = text.lastIndexOf(' ', MAX_TEXT)
  return text.slice(0, blank > 0 ? blank : MAX_TEXT)
}

function reasonsOf(error: Json): string[] {
  const { details } = error
  if (!Array.isArray(details)) return []
  return details.slice(0, MAX_ITEMS).flatMap((detail: unknown) => {
    const reason = isObject(detail) ? word(detail['reason']) : undefined
    return reason === undefined ? [] : [reason]
  })
}

/** The words of the outer error, which count after those of the one that it holds. */
function words(error: Json): string[] {
  return [error['code'], error['type'], error['status']]
    .map(word)
    .filter((text) => text !== undefined)
}

/** A code in words; a number in quotes is a status. */
function word(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '' || value.length > 128) return undefined
  return /^\d+$/.test(value) ? undefined : value
}

/**
 * Google's statuses are words such as `NOT_FOUND`; others' say no more than that something failed.
 */
function name(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Z_]{1,64}$/.test(value) ? value : undefined
}

function status(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.length <= 3 ? Number(value) : value
  return typeof number === 'number' && Number.isInteger(number) && number >= 400 && number < 600
    ? number
    : undefined
}
