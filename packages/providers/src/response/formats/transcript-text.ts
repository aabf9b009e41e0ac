import { wordTable } from '@sluice/core/internal'
import type { Transcription } from '@sluice/core/wire'

interface Segment {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** How a transcription is written where it is not JSON; `undefined` for formats that are. */
export function transcriptForm(
  format: unknown,
): { readonly contentType: string; of(document: unknown): Uint8Array } | undefined {
  const write = typeof format === 'string' ? WRITERS.get(format) : undefined
  if (write === undefined) return undefined
  // OpenAI calls all three plain text.
  return {
    contentType: 'text/plain; charset=utf-8',
    of: (document) => Buffer.from(write(document as Transcription)),
  }
}

const WRITERS = wordTable<(transcription: Transcription) => string>({
  text: ({ text }) => `${text}\n`,
  srt: (transcription) =>
    segmentsOf(transcription)
      .map(
        ({ start, end, text }, at) =>
          `${at + 1}\n${clock(start, ',')} --> ${clock(end, ',')}\n${text.trim()}\n\n`,
      )
      .join(''),
  vtt: (transcription) =>
    `WEBVTT\n\n${segmentsOf(transcription)
      .map(
        ({ start, end, text }) => `${clock(start, '.')} --> ${clock(end, '.')}\n${text.trim()}\n\n`,
      )
      .join('')}`,
})

/** @throws TypeError where the times are not known. */
function segmentsOf(transcription: Transcription): readonly Segment[] {
  const { segments } = transcription
  if (Array.isArray(segments)) return segments as Segment[]
  throw new TypeError('no segments')
}

/** `00:01:02,345` */
function clock(seconds: number, point: string): string {
  const ms = Math.max(0, Math.round(seconds * 1000))
  const part = (value: number, digits: number) => String(Math.floor(value)).padStart(digits, '0')
  return `${part(ms / 3_600_000, 2)}:${part((ms / 60_000) % 60, 2)}:${part((ms / 1000) % 60, 2)}${point}${part(ms % 1000, 3)}`
}
