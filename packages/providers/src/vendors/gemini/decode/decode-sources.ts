import type { Annotation } from '@sluice/core/wire'
import { isObject, type Json } from '../json.ts'

/**
 * The sources of an answer as `url_citation`s: what Google Search or Maps grounded it on, and what
 * it recites. Gemini counts in bytes of UTF-8, OpenAI in characters: with the `text` of the answer
 * they are counted over, without it they stay as they are. A source that no passage is given for
 * covers no characters.
 */
export function decodeSources(candidate: Json, text: string | undefined): Annotation[] {
  const bytes = text === undefined ? undefined : Buffer.from(text)
  const place = (segment: Json): [number, number] => {
    const start = offset(segment['startIndex'])
    const end = offset(segment['endIndex'])
    if (bytes === undefined) return [start, end]
    const from = bytes.subarray(0, start).toString().length
    const passage = segment['text']
    if (typeof passage !== 'string') return [from, bytes.subarray(0, end).toString().length]
    // Offsets count within a part of the answer, and parts are joined here; the passage itself
    // shows where it stands.
    const found = text!.startsWith(passage, from) ? from : text!.indexOf(passage)
    return found < 0
      ? [from, bytes.subarray(0, end).toString().length]
      : [found, found + passage.length]
  }
  return [
    ...grounding(candidate['groundingMetadata'], place),
    ...recitations(candidate['citationMetadata'], place),
  ]
}

type Place = (segment: Json) => [number, number]

function grounding(metadata: unknown, place: Place): Annotation[] {
  if (!isObject(metadata)) return []
  const sources = listOf(metadata['groundingChunks']).map(
    (chunk) => [chunk['web'], chunk['maps'], chunk['retrievedContext']].find(isObject) ?? {},
  )
  const supports = listOf(metadata['groundingSupports'])
  if (supports.length === 0) return sources.flatMap((source) => citation(source, [0, 0]))
  return supports.flatMap(({ segment, groundingChunkIndices: indices }) => {
    const passage = place(isObject(segment) ? segment : {})
    return (Array.isArray(indices) ? indices : []).flatMap((index) =>
      citation(sources[index as number] ?? {}, passage),
    )
  })
}

function recitations(metadata: unknown, place: Place): Annotation[] {
  if (!isObject(metadata)) return []
  return listOf(metadata['citationSources'] ?? metadata['citations']).flatMap((source) =>
    citation(source, place(source)),
  )
}

function citation(source: Json, [start, end]: [number, number]): Annotation[] {
  const { uri: url, title } = source
  if (typeof url !== 'string' || url === '') return []
  const named = typeof title === 'string' && title !== '' ? title : url
  return [
    {
      type: 'url_citation',
      url_citation: { start_index: start, end_index: end, title: named, url },
    },
  ]
}

function offset(value: unknown): number {
  return typeof value === 'number' && value > 0 ? value : 0
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}
