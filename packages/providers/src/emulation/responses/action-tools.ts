import type { ChatCompletionFunctionTool } from '@sluice/core/wire'
import { isObject, type Json } from '../../vendor-spec/json.ts'

/** Kinds of tool that the client runs and the vendor's own models know without a schema. */
export type ActionKind = 'local_shell' | 'shell' | 'apply_patch' | 'tool_search'

const texts = { type: 'array', items: { type: 'string' } }
const count = { type: 'integer', minimum: 0 }

/** The functions that stand for such tools in chat. */
const FUNCTIONS: ReadonlyMap<string, (tool: Json, name: string) => ChatCompletionFunctionTool> =
  new Map([
    [
      'local_shell',
      (_tool: Json, name: string) =>
        described(name, 'Runs one command on the computer of the user and gives its output.', {
          type: 'object',
          properties: {
            command: { ...texts, description: 'The program and its arguments.' },
            working_directory: { type: 'string' },
            timeout_ms: count,
            env: { type: 'object', additionalProperties: { type: 'string' } },
          },
          required: ['command'],
        }),
    ],
    [
      'shell',
      (_tool: Json, name: string) =>
        described(name, 'Runs shell commands and gives the output of each.', {
          type: 'object',
          properties: {
            commands: { ...texts, description: 'Command lines, run one after another.' },
            timeout_ms: count,
            max_output_length: { ...count, description: 'In characters, for each command.' },
          },
          required: ['commands'],
        }),
    ],
    [
      'apply_patch',
      (_tool: Json, name: string) =>
        described(name, 'Creates, changes or deletes one file.', {
          type: 'object',
          properties: {
            type: { type: 'string', enum: ['create_file', 'update_file', 'delete_file'] },
            path: { type: 'string' },
            diff: {
              type: 'string',
              description:
                'A V4A diff: "@@" and a line of the place, then lines that begin with " ", "-" or ' +
                '"+". For a new file all lines begin with "+". Not for a deletion.',
            },
          },
          required: ['type', 'path'],
        }),
    ],
    [
      'tool_search',
      ({ description, parameters }: Json, name: string) =>
        described(
          name,
          typeof description === 'string' && description !== ''
            ? description
            : 'Finds further tools, which can be called from then on.',
          isObject(parameters)
            ? parameters
            : {
                type: 'object',
                properties: { query: { type: 'string' } },
                required: ['query'],
              },
        ),
    ],
  ])

/**
 * The kind of such a tool, `undefined` for others: also for a shell in a container of the vendor's
 * and for a search that the vendor runs.
 */
export function actionKindOf({ type, environment, execution }: Json): ActionKind | undefined {
  if (typeof type !== 'string' || !FUNCTIONS.has(type)) return undefined
  if (type === 'tool_search' && execution !== 'client') return undefined
  if (type === 'shell' && isObject(environment) && environment['type'] !== 'local') return undefined
  return type as ActionKind
}

/** The function that stands for such a tool. */
export function actionFunction(
  kind: ActionKind,
  tool: Json,
  name: string,
): ChatCompletionFunctionTool {
  return FUNCTIONS.get(kind)!(tool, name)
}

function described(
  name: string,
  description: string,
  parameters: Json,
): ChatCompletionFunctionTool {
  return { type: 'function', function: { name, description, parameters } }
}
