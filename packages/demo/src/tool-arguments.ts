import { schemaInstance } from './schema-instance.ts'
import { textHints } from './text-hints.ts'
import type { ChosenTool } from './choose-tool.ts'

const MAX_NODES = 1000

/**
 * The arguments of a call, as JSON text: an instance of the tool's parameters, filled from the
 * passage that names the tool, then from the whole question, then made up. What is not required is
 * left out unless the text says it.
 */
export function toolArguments({ tool, passage }: ChosenTool, question: string): string {
  const { name, parameters } = tool.function
  if (parameters === undefined) return '{}'
  const near = textHints(passage, name)
  const far = textHints(question, name)
  const instance = schemaInstance(parameters, {
    given: near.given ?? far.given,
    suggest: (property, schema, isRequired) =>
      near.suggest(property, schema, isRequired) ?? far.suggest(property, schema, isRequired),
    optional: 'known',
    maxNodes: MAX_NODES,
  })
  return typeof instance === 'object' && instance !== null && !Array.isArray(instance)
    ? JSON.stringify(instance)
    : '{}'
}
