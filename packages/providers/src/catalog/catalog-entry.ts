import type { Model } from '@sluice/core/wire'

/** What goes into a model or comes out of it. */
export type Modality = 'text' | 'image' | 'audio' | 'video' | 'pdf' | 'vector'

/** What a model can be asked for. `vision` and `audio` are about what a chat may hold. */
export type Ability =
  | 'chat'
  | 'tools'
  | 'json_schema'
  | 'reasoning'
  | 'vision'
  | 'audio'
  | 'embeddings'
  | 'images'
  | 'speech'
  | 'transcription'
  | 'moderation'

/** What is known of a model. A fact that the vendor does not publish is left out. */
export interface CatalogEntry {
  /** The name that the vendor knows. */
  readonly id: string
  /** Id of the provider that offers it: `anthropic`. */
  readonly vendor: string
  /** Unix time in seconds of the day it was released. */
  readonly created?: number | undefined
  /** Tokens of prompt and answer together. */
  readonly contextWindow?: number | undefined
  /** Tokens that one answer may have. */
  readonly maxOutput?: number | undefined
  readonly input: readonly Modality[]
  readonly output: readonly Modality[]
  readonly abilities: readonly Ability[]
  /** Names that people use for it and that the vendor does not know. */
  readonly aliases: readonly string[]
  /** The vendor has switched it off, or serves it no longer by itself. */
  readonly deprecated: boolean
  /** Day on which the vendor switches it off, or did, where it has said so: `2026-12-11`. */
  readonly shutdownDate?: string | undefined
}

/** What models of one kind have in common. */
export interface ModelKind {
  readonly input: readonly Modality[]
  readonly output: readonly Modality[]
  readonly abilities: readonly Ability[]
}

/**
 * Id, day of release, context window, maximum output, kind, and what else is to be said; `null`
 * where it is not known.
 */
export type CatalogRow = readonly [
  id: string,
  released: string | null,
  contextWindow: number | null,
  maxOutput: number | null,
  kind: ModelKind,
  more?: {
    readonly aliases?: readonly string[]
    readonly deprecated?: true
  },
]

/** A day, whether it is over, and the models that are switched off on it. */
export type Shutdown = readonly [day: string, isOver: boolean, ids: readonly string[]]

/** A kind of chat model: what it reads, and what it can do beside chatting. */
export function chats(input: readonly Modality[], ...abilities: readonly Ability[]): ModelKind {
  const senses: Ability[] = [
    ...(input.includes('image') ? (['vision'] as const) : []),
    ...(input.includes('audio') ? (['audio'] as const) : []),
  ]
  return { input, output: ['text'], abilities: ['chat', ...abilities, ...senses] }
}

/** The rows of one vendor as entries. */
export function entriesOf(
  vendor: string,
  rows: readonly CatalogRow[],
  shutdowns: readonly Shutdown[] = [],
): readonly CatalogEntry[] {
  const days = new Map(
    shutdowns.flatMap(([day, isOver, ids]) => ids.map((id) => [id, { day, isOver }] as const)),
  )
  return rows.map(([id, released, contextWindow, maxOutput, kind, more]) => ({
    id,
    vendor,
    ...(released === null ? {} : { created: Date.parse(`${released}T00:00:00Z`) / 1000 }),
    ...(contextWindow === null ? {} : { contextWindow }),
    ...(maxOutput === null ? {} : { maxOutput }),
    ...kind,
    aliases: more?.aliases ?? [],
    deprecated: more?.deprecated === true || days.get(id)?.isOver === true,
    ...(days.has(id) ? { shutdownDate: days.get(id)!.day } : {}),
  }))
}

/**
 * An entry as `GET /models` lists it: OpenAI's fields, and beside them what else is known. A model
 * of unknown age is from 1970.
 */
export function toModel(entry: CatalogEntry): Model {
  return {
    id: entry.id,
    object: 'model',
    created: entry.created ?? 0,
    owned_by: entry.vendor,
    ...(entry.contextWindow === undefined ? {} : { context_window: entry.contextWindow }),
    ...(entry.maxOutput === undefined ? {} : { max_output_tokens: entry.maxOutput }),
    input_modalities: entry.input,
    output_modalities: entry.output,
    abilities: entry.abilities,
    ...(entry.shutdownDate === undefined ? {} : { shutdown_date: entry.shutdownDate }),
  }
}

/** The models of a list that can be used today, in OpenAI's shape. */
export function toModels(entries: readonly CatalogEntry[]): Model[] {
  return entries.filter(({ deprecated }) => !deprecated).map(toModel)
}
