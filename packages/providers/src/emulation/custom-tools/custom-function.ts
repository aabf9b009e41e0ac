import type { ChatCompletionFunctionTool } from '@sluice/core/wire'

/** A tool whose input is text, as both APIs have it. */
export interface CustomToolText {
  readonly name: string
  readonly description?: string | undefined
  /** The grammar of its input; any text where there is none. */
  readonly grammar?: { readonly syntax: string; readonly definition: string } | undefined
}

/**
 * A custom tool as a function with one text, `input`. A grammar is told to the model in the
 * description: no vendor holds a function's text to one.
 */
export function customFunction({
  name,
  description,
  grammar,
}: CustomToolText): ChatCompletionFunctionTool {
  const told = [
    ...(description === undefined || description === '' ? [] : [description]),
    ...(grammar === undefined
      ? []
      : [`The input must be a text of this ${grammar.syntax} grammar:\n${grammar.definition}`]),
  ].join('\n\n')
  return {
    type: 'function',
    function: {
      name,
      ...(told === '' ? {} : { description: told }),
      parameters: {
        type: 'object',
        properties: {
          input: { type: 'string', description: 'The whole input of the tool, as plain text.' },
        },
        required: ['input'],
        additionalProperties: false,
      },
    },
  }
}

/** The input of a custom tool as the arguments of such a function. */
export function customArguments(input: unknown): string {
  return JSON.stringify({ input: typeof input === 'string' ? input : JSON.stringify(input ?? '') })
}
