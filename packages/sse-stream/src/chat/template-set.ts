import type { ChatCompletionChunk } from '@sluice/core/wire'
import type { EventTemplate } from '../template/event-template.ts'
import {
  learnOwnTemplate,
  learnTemplate,
  type LearnedTemplate,
} from '../template/learn-template.ts'
import type { ChatDecoder } from './chat-decoder.ts'

/** Shapes kept at a time: choices and channels take turns, and each has its own. */
const MAX_TEMPLATES = 4
/**
 * So many events are learned in a row without one that fits what was learned; then it is tried
 * seldom.
 */
const MAX_LEARNED_IN_VAIN = 4
const SELDOM = 64
const NO_TEMPLATES: readonly EventTemplate[] = []

/** Holds the shapes of a stream's running events, the one that fitted last in front. */
export class TemplateSet {
  readonly #verbatim: ChatDecoder['verbatim']
  #all = NO_TEMPLATES
  #ofOutput = NO_TEMPLATES
  /** Events parsed since the last that fitted a shape: to learn costs more than to parse. */
  #unfitting = 0

  constructor(verbatim: ChatDecoder['verbatim']) {
    this.#verbatim = verbatim
  }

  /** Shapes of what the vendor sends. */
  get all(): readonly EventTemplate[] {
    return this.#all
  }

  /** Shapes of what leaves. */
  get ofOutput(): readonly EventTemplate[] {
    return this.#ofOutput
  }

  /** Puts the shape in front that has fitted. */
  noteFit(index: number): void {
    this.#unfitting = 0
    if (index === 0) return
    const template = this.#all[index]!
    this.#all = [template, ...this.#all.filter((one) => one !== template)]
  }

  /** Forgets the shapes of what the vendor sends. */
  clear(): void {
    this.#all = NO_TEMPLATES
  }

  /**
   * Whether to learn is worth its cost: of some streams each event differs from the last in more
   * than its text.
   */
  mayLearn(): boolean {
    const unfitting = this.#unfitting++
    return unfitting < MAX_LEARNED_IN_VAIN || unfitting % SELDOM === 0
  }

  /**
   * Learns the shape of an event that became a chunk; `own` are its bytes, where it goes on as it
   * came.
   */
  learn(
    chunk: ChatCompletionChunk,
    data: string,
    block: string,
    own: Uint8Array | undefined,
    frame: string,
  ): LearnedTemplate | undefined {
    for (const strings of this.#verbatim) {
      const template = own === undefined ? undefined : learnOwnTemplate(own, block, chunk, strings)
      const learned =
        template === undefined
          ? learnTemplate(block, data, frame, chunk, strings)
          : { template, ofOutput: template }
      if (learned !== undefined) return learned
    }
    return undefined
  }

  /** Takes a shape up, in place of the one that fitted longest ago. */
  adopt({ template, ofOutput }: LearnedTemplate): void {
    this.#all = [template, ...this.#all.slice(0, MAX_TEMPLATES - 1)]
    this.#ofOutput = [ofOutput, ...this.#ofOutput.slice(0, MAX_TEMPLATES - 1)]
  }
}
