import { ApiError } from '@sluice/core'
import type { ChatCompletionFunctionTool, ResponseCreateParams } from '@sluice/core/wire'
import { isObject, type Json } from '../../vendor-spec/json.ts'
import { customFunction, type CustomToolText } from '../custom-tools/custom-function.ts'
import { spellToolName, UniqueToolNames } from '../custom-tools/unique-tool-names.ts'
import { actionFunction, actionKindOf, type ActionKind } from './action-tools.ts'
import { givenTools, type GivenTool } from './given-tools.ts'

/** The tool that a function of the chat request stands for. */
export interface ToolTarget {
  readonly kind: 'function' | 'custom' | ActionKind
  readonly name: string
  readonly namespace?: string | undefined
}

/** How the tools of a Responses request are said in chat. */
export interface ChatToolsOptions {
  /** Whether chat's `web_search_options` makes the model search. */
  readonly searches: boolean
  /** Whether tools that nobody runs here are left out, or the request is refused for them. */
  readonly unknownTools: 'drop' | 'refuse'
  /** Gets the kinds of tool that are left out. */
  readonly drops: Set<string>
}

/** The client makes the names of these; a header takes only so many. */
const MAX_KINDS = 32
const WEB_SEARCH = /^web_search(?:_preview)?(?:_\d{4}_\d\d_\d\d)?$/
const FUNCTION_NAME = /^[\w-]{1,64}$/
const LONGEST_NAME = 64
/** Models of OpenAI's know what stands in it by its bare name. */
const DEFAULT_NAMESPACE = 'functions'

/**
 * The tools of a Responses request as functions of chat: functions as they are, custom tools as
 * functions with one text, what stands in a namespace under a name with the namespace in front, and
 * shells, patches and searches that the client runs with a schema of ours. Each name is one that
 * every vendor takes, and comes once; `targetOf` leads back. Tools that the vendor would run are
 * left out, but for a web search where chat has one.
 *
 * @throws ApiError 400 `unsupported_parameter` for those with `unknownTools: 'refuse'`
 */
export class ChatTools {
  readonly functions: ChatCompletionFunctionTool[] = []
  /** The web search that chat can do. */
  readonly search: Json | undefined
  /** Whether the request has tools that are no functions here. */
  readonly hasOthers: boolean
  readonly #targets = new Map<string, ToolTarget>()
  readonly #names = new Map<string, string>()
  /** Tools by their own names alone; `undefined` for a name that several have. */
  readonly #bare = new Map<string, ToolTarget | undefined>()
  readonly #unique = new UniqueToolNames()

  constructor(params: ResponseCreateParams, options: ChatToolsOptions) {
    const given = givenTools(params)
    // Names that stay come first, so that none of them has to make room.
    for (const { tool, namespace } of given)
      if (namespace === undefined && isNamedFunction(tool)) this.#unique.reserve(tool['name'])
    for (const one of given) this.#add(one, options)
    this.search = options.searches ? given.find(({ tool }) => isSearch(tool))?.tool : undefined
    this.hasOthers = this.functions.length < given.length
  }

  /** The function that stands for a tool; `undefined` where the request has no such tool. */
  find(kind: ToolTarget['kind'], name: string, namespace?: string): string | undefined {
    return this.#names.get(keyOf(kind, name, namespace))
  }

  /** The name under which a call of the history stands in chat, whether it has that tool or not. */
  nameOf(kind: ToolTarget['kind'], name: string, namespace?: string): string {
    return (
      this.find(kind, name, namespace) ??
      this.find(kind, name) ??
      spellToolName(namespace === undefined ? name || 'tool' : joined(namespace, name))
    )
  }

  /**
   * The tool that is called by a function's name, also without its namespace, as models write it
   * at times; a function of that name where there is none.
   */
  targetOf(name: string): ToolTarget {
    return this.#targets.get(name) ?? this.#bare.get(name) ?? { kind: 'function', name }
  }

  #add(given: GivenTool, { searches, unknownTools, drops }: ChatToolsOptions): void {
    const { tool, namespace, at } = given
    const target = targetOfTool(tool, namespace)
    if (target === undefined) {
      if (searches && isSearch(tool)) return
      return leaveOut(tool, at, unknownTools, drops)
    }
    const key = keyOf(target.kind, target.name, namespace)
    // Items of the input may bring again what is there; the first counts, as with most vendors.
    if (this.#names.has(key)) return
    const keepsName = namespace === undefined && isNamedFunction(tool)
    const name = keepsName ? target.name : this.#unique.claim(wantedName(target))
    this.#names.set(key, name)
    this.#targets.set(name, target)
    this.#bare.set(target.name, this.#bare.has(target.name) ? undefined : target)
    this.functions.push(functionOf(target, given, name))
  }
}

function targetOfTool(tool: Json, namespace: string | undefined): ToolTarget | undefined {
  const { type, name } = tool
  const action = actionKindOf(tool)
  if (action !== undefined) return { kind: action, name: action, namespace }
  if ((type !== 'function' && type !== 'custom') || typeof name !== 'string' || name === '')
    return undefined
  return { kind: type, name, namespace }
}

function leaveOut(
  { type }: Json,
  at: string,
  unknownTools: ChatToolsOptions['unknownTools'],
  drops: Set<string>,
): void {
  const kind = String(type).slice(0, LONGEST_NAME)
  if (unknownTools === 'refuse') {
    throw new ApiError('unsupported_parameter', {
      message: `Tools of the type '${kind}' are not supported for this model.`,
      param: `${at}.type`,
    })
  }
  if (drops.size < MAX_KINDS) drops.add(`tools.${kind}`)
}

function functionOf(
  { kind }: ToolTarget,
  { tool, namespaceText }: GivenTool,
  name: string,
): ChatCompletionFunctionTool {
  const { description, parameters, strict } = tool
  const texts = [namespaceText, description].filter(
    (text): text is string => typeof text === 'string',
  )
  const told = texts.length === 0 ? undefined : texts.join('\n\n')
  if (kind === 'custom')
    return customFunction({ name, description: told, grammar: grammarOf(tool['format']) })
  if (kind !== 'function') return actionFunction(kind, tool, name)
  return {
    type: 'function',
    function: {
      name,
      ...(told === undefined ? {} : { description: told }),
      ...(parameters === undefined || parameters === null
        ? {}
        : { parameters: parameters as Record<string, unknown> }),
      ...(typeof strict === 'boolean' ? { strict } : {}),
    },
  }
}

function grammarOf(format: unknown): CustomToolText['grammar'] {
  if (!isObject(format)) return undefined
  const { type, syntax, definition } = format
  if (type !== 'grammar' || typeof definition !== 'string') return undefined
  return { syntax: typeof syntax === 'string' ? syntax : 'lark', definition }
}

function wantedName({ name, namespace }: ToolTarget): string {
  return namespace === undefined || namespace === DEFAULT_NAMESPACE ? name : joined(namespace, name)
}

/** Of a name that is too long, what tells tools of one namespace apart is kept. */
function joined(namespace: string, name: string): string {
  const room = Math.max(LONGEST_NAME - 2 - name.length, 8)
  return `${namespace.slice(0, room)}__${name}`
}

function keyOf(kind: string, name: string, namespace: string | undefined): string {
  return JSON.stringify([kind, name, namespace])
}

function isNamedFunction(tool: Json): tool is Json & { readonly name: string } {
  const { type, name } = tool
  return type === 'function' && typeof name === 'string' && FUNCTION_NAME.test(name)
}

function isSearch({ type }: Json): boolean {
  return typeof type === 'string' && WEB_SEARCH.test(type)
}
