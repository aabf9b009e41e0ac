import type { Effort } from './wire.ts'

/** What a model takes and what it refuses. */
export interface ModelTraits {
  /** Whether the name tells what the model is; of others the client knows more than we do. */
  readonly isKnown: boolean
  /** Asked for where the client sets no limit: as much as the model can give, 32,000 at most. */
  readonly maxTokens: number
  /**
   * Whether `temperature`, `top_p` and `top_k` are taken: all, only one of the first two, or none.
   */
  readonly sampling: 'all' | 'one' | 'none'
  /** How thinking is asked for: by a budget, or left to the model. */
  readonly thinking: 'none' | 'budget' | 'adaptive'
  /** Whether thinking is also taken by a budget where it is left to the model. */
  readonly budgets: boolean
  /**
   * How thinking is turned down: nothing to say, said in `thinking`, or only by the least effort.
   */
  readonly thinkingOff: 'omit' | 'disabled' | 'between_tools' | 'low_effort'
  /** The efforts it knows, the least first. */
  readonly efforts: readonly Effort[]
  /** Whether a call can be forced. */
  readonly forcedTools: boolean
  /** Whether it may think before a call that is forced. */
  readonly thinksWhenForced: boolean
  /** Whether it can be held to a schema, in its answer and in its calls. */
  readonly schemas: boolean
  /** Whether a conversation may end with the assistant's words. */
  readonly prefill: boolean
}

const FIRST: ModelTraits = {
  isKnown: true,
  maxTokens: 4096,
  sampling: 'all',
  thinking: 'none',
  budgets: false,
  thinkingOff: 'omit',
  efforts: [],
  forcedTools: true,
  thinksWhenForced: false,
  schemas: false,
  prefill: true,
}

/**
 * A name that tells nothing may belong to anything that speaks this API, so that only what came
 * early is used.
 */
const UNKNOWN: ModelTraits = {
  ...FIRST,
  isKnown: false,
  thinking: 'budget',
  budgets: true,
  schemas: true,
}

interface Change {
  readonly families: readonly string[]
  readonly from: readonly [major: number, minor: number]
  readonly traits: Partial<ModelTraits>
}

const ALL = ['haiku', 'sonnet', 'opus', 'fable', 'mythos']
const ALWAYS_THINKING = ['fable', 'mythos']
/** From here on neither sampling nor a thinking budget is taken. */
const SAMPLING_GONE: Partial<ModelTraits> = { sampling: 'none', budgets: false }
const ALL_EFFORTS: Partial<ModelTraits> = { efforts: ['low', 'medium', 'high', 'xhigh', 'max'] }

/**
 * What changed, and from which version on; later lines win. Sources: the vendor's migration guides,
 * model pages and refusals up to October 2026.
 */
const CHANGES: readonly Change[] = [
  { families: ALL, from: [3, 5], traits: { maxTokens: 8192 } },
  { families: ALL, from: [3, 7], traits: { maxTokens: 32_000, thinking: 'budget', budgets: true } },
  { families: ['opus'], from: [4, 1], traits: { sampling: 'one', schemas: true } },
  { families: ALL, from: [4, 5], traits: { sampling: 'one', schemas: true } },
  { families: ['opus'], from: [4, 5], traits: { efforts: ['low', 'medium', 'high'] } },
  {
    families: ALL,
    from: [4, 6],
    traits: { thinking: 'adaptive', efforts: ['low', 'medium', 'high', 'max'], prefill: false },
  },
  { families: ['opus'], from: [4, 7], traits: { ...SAMPLING_GONE, ...ALL_EFFORTS } },
  { families: ['opus'], from: [4, 8], traits: { thinksWhenForced: true } },
  { families: ALL, from: [5, 0], traits: { thinksWhenForced: true } },
  {
    families: ['sonnet', ...ALWAYS_THINKING],
    from: [5, 0],
    traits: { ...SAMPLING_GONE, ...ALL_EFFORTS },
  },
  {
    families: ['haiku'],
    from: [5, 0],
    traits: { ...SAMPLING_GONE, thinkingOff: 'disabled', efforts: ['low', 'medium', 'high'] },
  },
  { families: ['opus', 'sonnet'], from: [5, 0], traits: { thinkingOff: 'disabled' } },
  { families: ALWAYS_THINKING, from: [5, 0], traits: { thinkingOff: 'low_effort' } },
  { families: ['opus'], from: [5, 5], traits: { thinkingOff: 'low_effort', forcedTools: false } },
  {
    families: ['sonnet'],
    from: [5, 5],
    traits: { thinkingOff: 'between_tools', forcedTools: false },
  },
  { families: ALWAYS_THINKING, from: [5, 1], traits: { forcedTools: false } },
]

/**
 * What a model takes, by its name: `claude-opus-4-5-20251101`, `claude-3-5-haiku-latest`, with any
 * prefix.
 */
export function modelTraits(model: string): ModelTraits {
  const version = claudeVersion(model.toLowerCase())
  if (version === undefined) return UNKNOWN
  let traits = FIRST
  for (const change of CHANGES) {
    const [major, minor] = change.from
    const reached = version.major > major || (version.major === major && version.minor >= minor)
    if (reached && change.families.includes(version.family))
      traits = { ...traits, ...change.traits }
  }
  return traits
}

/** Family first since version 4, version first before; dates of eight digits are no versions. */
function claudeVersion(
  model: string,
): { family: string; major: number; minor: number } | undefined {
  const recent = /claude-([a-z]+)(?:-(\d{1,2})(?!\d)(?:[.-](\d{1,2})(?!\d))?)?/.exec(model)
  if (recent !== null && ALL.includes(recent[1]!)) {
    // Previews and aliases for the newest have no number.
    return { family: recent[1]!, major: Number(recent[2] ?? 5), minor: Number(recent[3] ?? 0) }
  }
  const early = /claude-(\d)(?:[.-](\d)(?!\d))?-([a-z]+)/.exec(model)
  if (early === null || !ALL.includes(early[3]!)) return undefined
  return { family: early[3]!, major: Number(early[1]), minor: Number(early[2] ?? 0) }
}
