import { chats, entriesOf } from './catalog-entry.ts'

const seen = chats(['text', 'image'], 'tools')
const read = chats(['text', 'image', 'pdf'], 'tools')
const thought = chats(['text', 'image', 'pdf'], 'tools', 'reasoning')
const formed = chats(['text', 'image', 'pdf'], 'tools', 'json_schema', 'reasoning')
const old = { deprecated: true } as const

/**
 * Anthropic's models, sorted by id. Their own names have dashes; the dotted ones that people write
 * are aliases.
 */
export const anthropicEntries = entriesOf(
  'anthropic',
  [
    [
      'claude-3-5-haiku-20241022',
      '2024-10-22',
      200_000,
      8192,
      read,
      { ...old, aliases: ['claude-3.5-haiku'] },
    ],
    ['claude-3-5-sonnet-20240620', '2024-06-20', 200_000, 8192, read, old],
    [
      'claude-3-5-sonnet-20241022',
      '2024-10-22',
      200_000,
      8192,
      read,
      { ...old, aliases: ['claude-3.5-sonnet'] },
    ],
    [
      'claude-3-7-sonnet-20250219',
      '2025-02-19',
      200_000,
      64_000,
      thought,
      { ...old, aliases: ['claude-3.7-sonnet'] },
    ],
    [
      'claude-3-haiku-20240307',
      '2024-03-07',
      200_000,
      4096,
      seen,
      { ...old, aliases: ['claude-3-haiku'] },
    ],
    [
      'claude-3-opus-20240229',
      '2024-02-29',
      200_000,
      4096,
      seen,
      { ...old, aliases: ['claude-3-opus'] },
    ],
    [
      'claude-3-sonnet-20240229',
      '2024-02-29',
      200_000,
      4096,
      seen,
      { ...old, aliases: ['claude-3-sonnet'] },
    ],
    ['claude-fable-5', '2026-06-09', 1_000_000, 128_000, thought],
    ['claude-fable-5-1', null, null, null, thought],
    ['claude-fable-5-2', null, null, null, thought],
    ['claude-haiku-4-5', '2025-10-01', 200_000, 64_000, formed],
    [
      'claude-haiku-4-5-20251001',
      '2025-10-01',
      200_000,
      64_000,
      formed,
      { aliases: ['claude-haiku-4.5'] },
    ],
    ['claude-haiku-5-5', null, null, null, thought],
    ['claude-mythos-5', null, null, null, thought],
    ['claude-mythos-5-1', null, null, null, thought],
    ['claude-mythos-5-2', null, null, null, thought],
    ['claude-mythos-preview', null, null, null, thought],
    ['claude-opus-4-0', '2025-05-14', 200_000, 32_000, thought],
    ['claude-opus-4-1', '2025-08-05', 200_000, 32_000, formed],
    [
      'claude-opus-4-1-20250805',
      '2025-08-05',
      200_000,
      32_000,
      formed,
      { aliases: ['claude-opus-4.1'] },
    ],
    ['claude-opus-4-20250514', '2025-05-14', 200_000, 32_000, thought],
    ['claude-opus-4-5', '2025-11-01', 200_000, 64_000, formed],
    [
      'claude-opus-4-5-20251101',
      '2025-11-01',
      200_000,
      64_000,
      formed,
      { aliases: ['claude-opus-4.5'] },
    ],
    ['claude-opus-4-6', '2026-02-05', 1_000_000, 128_000, formed, { aliases: ['claude-opus-4.6'] }],
    ['claude-opus-4-7', '2026-04-16', 1_000_000, 128_000, formed, { aliases: ['claude-opus-4.7'] }],
    ['claude-opus-4-8', '2026-05-28', 1_000_000, 128_000, formed, { aliases: ['claude-opus-4.8'] }],
    ['claude-opus-5', '2026-07-24', 1_000_000, 128_000, formed],
    ['claude-opus-5-5', null, null, null, formed, { aliases: ['claude-opus-5.5'] }],
    ['claude-sonnet-4-0', '2025-05-14', 200_000, 64_000, thought],
    ['claude-sonnet-4-20250514', '2025-05-14', 200_000, 64_000, thought],
    ['claude-sonnet-4-5', '2025-09-29', 200_000, 64_000, formed],
    [
      'claude-sonnet-4-5-20250929',
      '2025-09-29',
      200_000,
      64_000,
      formed,
      { aliases: ['claude-sonnet-4.5'] },
    ],
    [
      'claude-sonnet-4-6',
      '2026-02-17',
      1_000_000,
      64_000,
      formed,
      { aliases: ['claude-sonnet-4.6'] },
    ],
    ['claude-sonnet-5', '2026-06-30', 1_000_000, 128_000, formed],
    ['claude-sonnet-5-5', null, null, null, formed, { aliases: ['claude-sonnet-5.5'] }],
  ],
  [['2026-11-30', true, ['claude-sonnet-4-5', 'claude-sonnet-4-5-20250929']]],
)
