import type { UploadedFile } from '@sluice/core/wire'

/** One part of a form, as it came. */
export interface FormEntry {
  readonly name: string
  readonly value: string | UploadedFile
}

/** A form that has been read whole. Its files are there until it is disposed of. */
export interface Form {
  readonly entries: readonly FormEntry[]
  /** Lets the files go, in memory and on disk. May be called in any phase, and again. */
  dispose(): void
}
