import type { Annotation, ChatCompletionCreateParams } from '@sluice/core/wire'
import { isObject, textOf, type Json } from '../json.ts'

/**
 * The annotation for a citation of the text between two offsets (in UTF-16 units, as JavaScript
 * counts). Documents of the request have no address; they are named by their place among its
 * documents. The vendor's own words are kept in `citation`.
 */
export function decodeCitation(citation: Json, start: number, end: number): Annotation {
  const document = citation['document_index']
  const url =
    textOf(citation['url']) ??
    textOf(citation['source']) ??
    `document:${typeof document === 'number' ? document : 0}`
  const title = textOf(citation['title']) ?? textOf(citation['document_title']) ?? ''
  return {
    type: 'url_citation',
    url_citation: { start_index: start, end_index: end, url, title },
    citation,
  }
}

/**
 * Whether an answer may cite: only then every piece of its text has to be looked at, to know where
 * a citation stands.
 */
export function mayCite(params: ChatCompletionCreateParams): boolean {
  if (isObject(params['web_search_options'])) return true
  if (params.tools?.some((tool) => !isObject(tool.function)) === true) return true
  return params.messages.some(
    ({ content }) => Array.isArray(content) && (content as unknown[]).some(isCitable),
  )
}

function isCitable(part: unknown): boolean {
  return (
    isObject(part) &&
    (isObject(part['citations']) || part['type'] === 'search_result' || part['type'] === 'document')
  )
}
