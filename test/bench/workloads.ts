/** One kind of load, and what Sluice may cost under it against the baseline in the same run. */
export interface Workload {
  readonly id: string
  readonly title: string
  readonly per: 'request' | 'token'
  readonly baseline: 'bare' | 'cache-express'
  /** Ratios of CPU to the baseline: what must hold, and what is aimed at. */
  readonly must: number
  readonly aim: number
  /** Flags for Sluice. */
  readonly flags?: readonly string[]
  /** The workload whose baseline figure is the yardstick, where it is not this one's own. */
  readonly against?: string
  readonly path?: string
  /** Whose API the client speaks. @defaultValue OpenAI's */
  readonly dialect?: 'gemini'
  readonly model: string
  readonly stream: boolean
  readonly tokens: number
  /** How often a response says each token: some end with all that they have said. */
  readonly repeats?: number
  readonly concurrency: number
  readonly seconds: number
  readonly requests: number
  readonly promptBytes?: number
  /** Further params of the request. */
  readonly params?: Readonly<Record<string, unknown>>
  /** The same body each time, so that a cache can answer. */
  readonly same?: boolean
  readonly background?: number
  /** A slice is one run of all streams; memory per stream is told. */
  readonly streams?: boolean
  /** The clients begin one after another over this time. */
  readonly rampMs?: number
}

const burst = 'bench;tokens=200;burst=20'
const one = {
  per: 'request',
  baseline: 'bare',
  model: 'bench',
  stream: false,
  tokens: 1,
  seconds: 1,
  requests: 100_000,
} as const
const many = {
  per: 'token',
  baseline: 'bare',
  model: burst,
  stream: true,
  tokens: 200,
  concurrency: 16,
  seconds: 1,
  requests: 100_000,
} as const

/** What is measured. */
export const workloads: readonly Workload[] = [
  { ...one, id: 'W1', title: 'one JSON reply of 1 KB', concurrency: 32, must: 1.8, aim: 1.6 },
  {
    ...one,
    id: 'W1v',
    title: 'JSON replies that differ in shape, length and letters',
    model: 'bench;varied=1',
    concurrency: 32,
    must: 2,
    aim: 1.7,
  },
  {
    ...one,
    id: 'W1x',
    title: 'W1 while 3,000 streams are open',
    concurrency: 32,
    must: 1.3,
    aim: 1.1,
    background: 3000,
  },
  { ...many, id: 'W2', title: 'stream of 200 tokens, 20 to a write', must: 0.9, aim: 0.7 },
  {
    ...many,
    id: 'W2u',
    title: 'W2 with `"usage":null` in each event, as OpenAI sends it',
    model: `${burst};shape=usage`,
    must: 1,
    aim: 0.7,
  },
  {
    ...many,
    id: 'W2o',
    title: 'W2 with an operator that reads every token’s text',
    flags: ['--operator'],
    must: 1.7,
    aim: 1.3,
    against: 'W2',
  },
  {
    ...many,
    id: 'W2l',
    title: 'W2 with logprobs',
    model: `${burst};shape=logprobs`,
    params: { logprobs: true, top_logprobs: 1 },
    must: 3.5,
    aim: 3,
  },
  {
    ...many,
    id: 'W2c',
    title: 'W2 with usage counted in each event',
    model: `${burst};shape=counted`,
    must: 3.5,
    aim: 3,
  },
  {
    ...many,
    id: 'W2t',
    title: 'W2 of a tool call’s arguments',
    model: `${burst};shape=tools`,
    params: {
      tools: [
        { type: 'function', function: { name: 'write_file', parameters: { type: 'object' } } },
      ],
    },
    must: 3.5,
    aim: 1,
  },
  {
    ...many,
    id: 'W2r',
    title: 'W2 half of which is reasoning',
    model: `${burst};shape=reasoning`,
    must: 3.5,
    aim: 1,
  },
  {
    ...many,
    id: 'W2n',
    title: 'W2 of two choices in turn',
    model: `${burst};shape=pair`,
    params: { n: 2 },
    must: 3.5,
    aim: 1,
  },
  {
    ...many,
    id: 'W2s',
    title: 'stream of 200 tokens, one to a write',
    model: 'bench;tokens=200;burst=1',
    must: 1.15,
    aim: 1.05,
  },
  {
    ...many,
    id: 'W3',
    title: '5,000 slow streams (20 tokens, 500 ms apart)',
    model: 'bench;tokens=20;burst=1;delay=500',
    tokens: 20,
    concurrency: 5000,
    requests: 5000,
    seconds: 60,
    streams: true,
    rampMs: 5000,
    must: 1.3,
    aim: 1.1,
  },
  {
    ...one,
    id: 'W4',
    title: 'prompt of 200 KB',
    concurrency: 8,
    promptBytes: 200_000,
    must: 2.1,
    aim: 1.6,
  },
  {
    ...one,
    id: 'W5',
    title: 'embeddings of 1,536 floats',
    path: '/v1/embeddings',
    tokens: 0,
    concurrency: 16,
    must: 1.6,
    aim: 1.25,
  },
  {
    ...one,
    id: 'W6',
    title: 'cached hit',
    baseline: 'cache-express',
    flags: ['--cache'],
    same: true,
    concurrency: 32,
    must: 1.5,
    aim: 1.25,
  },
  {
    ...many,
    id: 'W6s',
    title: 'cached replay of 200 tokens',
    baseline: 'cache-express',
    flags: ['--cache'],
    same: true,
    must: 1.5,
    aim: 1.15,
  },
  {
    ...many,
    id: 'W9',
    title: 'Anthropic’s stream translated, against bare W2',
    model: `claude-${burst}`,
    must: 1.5,
    aim: 1.2,
    against: 'W2',
  },
  {
    ...many,
    id: 'W9g',
    title: 'Gemini’s stream translated, against bare W2',
    model: `gemini-${burst}`,
    must: 1.5,
    aim: 1.2,
    against: 'W2',
  },
  {
    ...many,
    id: 'W10g',
    title: 'Gemini’s stream to Gemini’s client',
    model: `gemini-${burst}`,
    dialect: 'gemini',
    must: 3.3,
    aim: 1.5,
  },
  {
    ...many,
    id: 'W10c',
    title: 'chat’s stream translated for Gemini’s client, against bare W2',
    model: burst,
    dialect: 'gemini',
    must: 2.4,
    aim: 1.5,
    against: 'W2',
  },
  {
    ...one,
    id: 'W10',
    title: 'one message of 1 KB from a vendor that speaks Messages',
    path: '/v1/messages',
    model: 'claude-bench',
    concurrency: 32,
    must: 1.6,
    aim: 1.25,
  },
  {
    ...many,
    id: 'W10s',
    title: 'a stream of messages from a vendor that speaks them',
    path: '/v1/messages',
    model: `claude-${burst}`,
    must: 1.25,
    aim: 0.8,
  },
  {
    ...many,
    id: 'W11',
    title: 'a stream of messages over chat, against bare W2',
    path: '/v1/messages',
    must: 1.5,
    aim: 1.2,
    against: 'W2',
  },
  {
    ...many,
    id: 'W12',
    title: 'a streamed response over chat, against bare W2',
    path: '/v1/responses',
    model: `alike-${burst}`,
    repeats: 5,
    must: 1.5,
    aim: 1.2,
    against: 'W2',
  },
]
