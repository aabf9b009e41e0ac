/** Where a text of a response stands once it is whole. */
export interface ResponseText {
  /** What its events are called. */
  readonly stem: string
  /**
   * The field of the part, or of the item that has none; also that of the event which tells it as a
   * whole.
   */
  readonly field: string
  /** The item's list that has the part. */
  readonly list?: 'content' | 'summary'
  /** What the events about the part are called. */
  readonly part?: string
}

/** Texts of parts, by the type of the part. */
export const PART_TEXTS: ReadonlyMap<unknown, ResponseText> = new Map<unknown, ResponseText>([
  [
    'output_text',
    { stem: 'response.output_text', field: 'text', list: 'content', part: 'response.content_part' },
  ],
  [
    'refusal',
    { stem: 'response.refusal', field: 'refusal', list: 'content', part: 'response.content_part' },
  ],
  [
    'reasoning_text',
    {
      stem: 'response.reasoning_text',
      field: 'text',
      list: 'content',
      part: 'response.content_part',
    },
  ],
  [
    'summary_text',
    {
      stem: 'response.reasoning_summary_text',
      field: 'text',
      list: 'summary',
      part: 'response.reasoning_summary_part',
    },
  ],
])

/** Texts of items that are one, by the type of the item. */
export const ITEM_TEXTS: ReadonlyMap<unknown, ResponseText> = new Map<unknown, ResponseText>([
  ['function_call', { stem: 'response.function_call_arguments', field: 'arguments' }],
  ['mcp_call', { stem: 'response.mcp_call_arguments', field: 'arguments' }],
  ['custom_tool_call', { stem: 'response.custom_tool_call_input', field: 'input' }],
  ['code_interpreter_call', { stem: 'response.code_interpreter_call_code', field: 'code' }],
])

/** The same by what their events are called, with the type of part or item. */
export const TEXTS_BY_STEM: ReadonlyMap<string, ResponseText & { readonly type: unknown }> =
  new Map([...PART_TEXTS, ...ITEM_TEXTS].map(([type, text]) => [text.stem, { ...text, type }]))
