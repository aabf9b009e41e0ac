import { ApiError, type Batch } from '@sluice/core'
import type { CreateEmbeddingResponse } from '@sluice/core/wire'
import { DocumentBatch } from '@sluice/sse-stream/internal'
import { map } from 'rxjs'
import type { Respond } from '../route.ts'

type Json = Readonly<Record<string, unknown>>

/** What of a request is about all texts of a call: Google's name and ours. */
const SHARED = [
  ['outputDimensionality', 'dimensions'],
  ['taskType', 'task_type'],
  ['title', 'title'],
] as const

/**
 * Returns the params of an embeddings call for the body of `:embedContent`.
 * @throws ApiError `invalid_value` for a content without text
 */
export function embedContentCall(body: Json): Json {
  return { input: textOf(body, ''), ...settings(body) }
}

/**
 * Returns the params of an embeddings call for the body of `:batchEmbedContents`.
 * @throws ApiError `invalid_value` for a content without text, and where requests differ in what
 * one call has for all
 */
export function batchEmbedContentsCall(body: Json): Json {
  const requests = body['requests'] as readonly Json[]
  const [first] = requests
  for (const [name] of SHARED) {
    const at = requests.findIndex((request) => request[name] !== first![name])
    if (at >= 0) throw wrong(`requests[${at}].${name}`, 'It must be the same for all requests.')
  }
  const input = requests.map((request, at) => textOf(request, `requests[${at}].`))
  return { input, ...settings(first!) }
}

/** Answers `:embedContent` with the vector of an embeddings call. */
export const respondEmbedContent: Respond = (responses) =>
  responses.pipe(
    map((batch) => {
      const [embedding] = vectorsOf(batch)
      return documentLike(batch, { embedding, ...usageOf(batch) })
    }),
  )

/** Answers `:batchEmbedContents` with the vectors of an embeddings call. */
export const respondBatchEmbedContents: Respond = (responses) =>
  responses.pipe(
    map((batch) => documentLike(batch, { embeddings: vectorsOf(batch), ...usageOf(batch) })),
  )

function settings(request: Json): Json {
  const given = SHARED.flatMap(([theirs, ours]) => {
    const value = request[theirs]
    return value === undefined || value === null ? [] : [[ours, value] as const]
  })
  return Object.fromEntries(given)
}

/** A model of texts knows no parts. */
function textOf(request: Json, where: string): string {
  const { parts } = request['content'] as { parts?: readonly Json[] | Json | null }
  const list = [parts ?? []].flat() as readonly Json[]
  const texts = list.map(({ text }, at) => {
    if (typeof text === 'string') return text
    throw wrong(`${where}content.parts[${at}]`, 'Only text can be embedded here.')
  })
  const text = texts.join('\n')
  if (text === '') throw wrong(`${where}content`, 'There is no text in it.')
  return text
}

function vectorsOf(batch: Batch): { readonly values: unknown }[] {
  const { data } = batch.document() as CreateEmbeddingResponse
  return data.map(({ embedding }) => ({ values: embedding }))
}

function usageOf({ usage }: Batch): Json {
  const tokens = usage?.prompt_tokens ?? 0
  return tokens === 0 ? {} : { usageMetadata: { promptTokenCount: tokens } }
}

function documentLike({ gate, usage }: Batch, value: unknown): Batch {
  return new DocumentBatch({ value }, gate, usage)
}

function wrong(param: string, message: string): ApiError {
  return new ApiError('invalid_value', { message: `Invalid '${param}': ${message}`, param })
}
