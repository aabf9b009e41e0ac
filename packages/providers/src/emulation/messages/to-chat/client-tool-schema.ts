/** A tool of Anthropic's making that the client runs, as other models have to be told of it. */
export interface ClientToolSchema {
  readonly description: string
  readonly parameters: Record<string, unknown>
}

const text = { type: 'string' }
const whole = { type: 'integer' }
const range = { type: 'array', items: whole, minItems: 2, maxItems: 2 }

const command = (names: readonly string[], properties: object, description: string) => ({
  description,
  parameters: {
    type: 'object',
    properties: { command: { type: 'string', enum: names }, ...properties },
    required: ['command'],
  },
})

const BASH: ClientToolSchema = {
  description: 'Runs a command in a bash session that is kept from call to call.',
  parameters: {
    type: 'object',
    properties: {
      command: { type: 'string', description: 'The command to run.' },
      restart: { type: 'boolean', description: 'Whether to restart the session instead.' },
    },
  },
}
const EDITOR = command(
  ['view', 'create', 'str_replace', 'insert'],
  {
    path: text,
    file_text: text,
    old_str: text,
    new_str: text,
    insert_line: whole,
    insert_text: text,
    view_range: range,
  },
  'Views, creates and edits text files.',
)
const MEMORY = command(
  ['view', 'create', 'str_replace', 'insert', 'delete', 'rename'],
  {
    path: text,
    file_text: text,
    old_str: text,
    new_str: text,
    insert_line: whole,
    insert_text: text,
    old_path: text,
    new_path: text,
    view_range: range,
  },
  'Keeps notes in files below /memories.',
)

const SCHEMAS: readonly (readonly [kind: RegExp, schema: ClientToolSchema])[] = [
  [/^bash_\d{8}$/, BASH],
  [/^text_editor_\d{8}$/, EDITOR],
  [/^memory_\d{8}$/, MEMORY],
]

/**
 * Describes a tool whose schema Anthropic's models know by heart; `undefined` for types that have
 * none, or that the vendor runs itself.
 */
export function clientToolSchema(type: unknown): ClientToolSchema | undefined {
  return typeof type === 'string' ? SCHEMAS.find(([kind]) => kind.test(type))?.[1] : undefined
}
