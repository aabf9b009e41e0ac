/**
 * Whole chat answers that differ in shape from one to the next, as those of real vendors do: other
 * ids, times and lengths, another order of fields, optional fields there or not, tool calls,
 * refusals, reasoning, letters beyond ASCII. Each holds one `~`, which the client counts. Always
 * the same ones.
 */
export function variedCompletions(count: number): readonly object[] {
  const random = seeded(count)
  return Array.from({ length: count }, (_, at) => completion(at, random))
}

type Random = () => number

/** Draws numbers from 0 to below 1, the same for the same seed (mulberry32). */
function seeded(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
}

const SENTENCES = [
  'The quick brown fox jumps over the lazy dog. ',
  'Größe, naïveté, œuvre: letters beyond ASCII. ',
  'First line\nsecond line\twith a tab, "quotes" and \\ too. ',
  '今天天气很好，我们去公园散步吧。',
  'Rockets 🚀 and families 👩‍👩‍👧 count as well. ',
  '```js\nconst answer = [1, 2, 3].map((n) => n * 2)\n```\n',
]

function prose(random: Random): string {
  const sentences = Array.from(
    { length: 4 + Math.floor(random() * 24) },
    () => SENTENCES[Math.floor(random() * 6)]!,
  )
  return `~${sentences.join('')}`
}

function completion(at: number, random: Random): object {
  const chance = (part: number) => random() < part
  const kind = random()
  const calls = kind < 0.2
  const refuses = kind > 0.95
  const message = shuffled(
    {
      role: 'assistant',
      content: calls || refuses ? null : prose(random),
      ...(chance(0.7)
        ? { refusal: refuses ? `~I cannot help with that.` : null }
        : refuses
          ? { refusal: '~No.' }
          : {}),
      ...(chance(0.5) ? { annotations: [] } : {}),
      ...(chance(0.2) ? { reasoning_content: 'The user greets. I greet back.' } : {}),
      ...(calls ? { tool_calls: [toolCall(at, random)] } : {}),
    },
    random,
  )
  const choice = shuffled(
    {
      index: 0,
      message,
      finish_reason: calls ? 'tool_calls' : chance(0.1) ? 'length' : 'stop',
      ...(chance(0.7) ? { logprobs: null } : {}),
    },
    random,
  )
  const prompt = 10 + Math.floor(random() * 5000)
  const written = 1 + Math.floor(random() * 900)
  const usage = {
    prompt_tokens: prompt,
    completion_tokens: written,
    total_tokens: prompt + written,
    ...(chance(0.6)
      ? { prompt_tokens_details: { cached_tokens: Math.floor(random() * prompt), audio_tokens: 0 } }
      : {}),
    ...(chance(0.5) ? { completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 } } : {}),
  }
  return shuffled(
    {
      id: `chatcmpl-${Math.floor(random() * 0x1_0000_0000).toString(36)}${at}`,
      object: 'chat.completion',
      created: 1_700_000_000 + Math.floor(random() * 1e6),
      model: `bench-model-${Math.floor(random() * 20)}`,
      choices: [choice],
      usage,
      ...(chance(0.6) ? { service_tier: 'default' } : {}),
      ...(chance(0.6)
        ? {
            system_fingerprint: chance(0.2)
              ? null
              : `fp_${Math.floor(random() * 1e9).toString(16)}`,
          }
        : {}),
      ...(chance(0.1) ? { x_vendor: { region: 'eu', cost: random() } } : {}),
    },
    random,
  )
}

function toolCall(at: number, random: Random): object {
  const args = { path: `src/file-${at}.ts`, text: prose(random), line: Math.floor(random() * 100) }
  return {
    id: `call_${at}`,
    type: 'function',
    function: { name: 'write_file', arguments: JSON.stringify(args) },
  }
}

/** One answer in three has its fields in an order of its own. */
function shuffled(value: object, random: Random): object {
  const entries = Object.entries(value)
  if (random() > 0.33) return value
  for (let at = entries.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1))
    const entry = entries[at]!
    entries[at] = entries[other]!
    entries[other] = entry
  }
  return Object.fromEntries(entries)
}
