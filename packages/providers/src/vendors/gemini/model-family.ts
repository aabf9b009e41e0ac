/** How much Gemini 3 and later ones think is said in a word. */
export type ThinkingLevel = 'minimal' | 'low' | 'medium' | 'high'

/** What the requests of one family of models differ in. */
export interface ModelFamily {
  /**
   * The levels it knows, the lowest first. A model with neither levels nor a budget refuses to be
   * told how much to think.
   */
  readonly levels?: readonly ThinkingLevel[]
  /** The tokens it may spend on thoughts. */
  readonly budget?: { readonly min: number; readonly max: number; readonly canDisable: boolean }
  /** Function calls of earlier turns must come back signed, else the request is refused. */
  readonly needsSignatures: boolean
  /** A JSON answer can be asked for together with functions. */
  readonly jsonWithFunctions: boolean
  /** Media that a tool gave may stand inside its result. */
  readonly mediaInResults: boolean
  /** Penalties for repetition are taken; other models refuse any but 0. */
  readonly penalties?: boolean
  /** There is no system instruction: what it would say goes in front of the user's first words. */
  readonly systemInUser?: boolean
  /** Neither functions nor a form of JSON can be asked for. */
  readonly onlyText?: boolean
}

const OLD = { needsSignatures: false, jsonWithFunctions: false, mediaInResults: false } as const
const GEMINI_3 = { needsSignatures: true, jsonWithFunctions: true, mediaInResults: true } as const

/**
 * The first pattern that fits counts. Sources: ai.google.dev, "Thinking", "Thought signatures" and
 * "OpenAI compatibility", autumn of 2026.
 */
const FAMILIES: readonly (readonly [RegExp, ModelFamily])[] = [
  [/embedding|^imagen|^veo|^lyria|^aqa/, OLD],
  [/^gemini-[12](\.\d)?-.*(tts|image-generation)/, { ...OLD, systemInUser: true }],
  [/^gemini-.*tts/, { ...GEMINI_3, needsSignatures: false, systemInUser: true }],
  [/^gemini-[12](\.\d)?-.*(image|tts|live|audio)/, OLD],
  [/^gemini-.*(image|tts|live|audio)/, { ...GEMINI_3, needsSignatures: false }],
  [/^gemini-2\.5-pro/, { ...OLD, budget: { min: 128, max: 32_768, canDisable: false } }],
  [/^gemini-2\.5-flash-lite/, { ...OLD, budget: { min: 512, max: 24_576, canDisable: true } }],
  [/^gemini-2\.5/, { ...OLD, budget: { min: 0, max: 24_576, canDisable: true } }],
  [/^gemini-(1|2)|^learnlm/, { ...OLD, penalties: true }],
  [/^gemma-([4-9]|\d\d)/, OLD],
  [/^gemma/, { ...OLD, systemInUser: true, onlyText: true }],
  [/^gemini-3-pro/, { ...GEMINI_3, levels: ['low', 'high'] }],
  [/^gemini-3(\.[1-6])?-flash/, { ...GEMINI_3, levels: ['minimal', 'low', 'medium', 'high'] }],
  [
    /^gemini-(\d|pro-latest|flash-latest|flash-lite-latest)/,
    { ...GEMINI_3, levels: ['low', 'medium', 'high'] },
  ],
]

/**
 * A name that is not known, a tuned model's for one, is taken for a new model that demands nothing.
 */
const UNKNOWN: ModelFamily = {
  ...GEMINI_3,
  needsSignatures: false,
  mediaInResults: false,
  levels: ['low', 'medium', 'high'],
}

/** What is known of a model by its name. */
export function modelFamilyOf(model: string): ModelFamily {
  const name = model.toLowerCase().replace(/^(?:.*\/)?models\//, '')
  return FAMILIES.find(([pattern]) => pattern.test(name))?.[1] ?? UNKNOWN
}
