import type {
  ContentBlock,
  MessagesRequest,
  MessageTurn,
} from '../../../src/vendors/anthropic/wire.ts'

const NAME = /^[a-zA-Z0-9_-]{1,128}$/

/** Why the vendor would refuse a request, by its documents and by the words of its refusals. */
export function vendorFaults(body: MessagesRequest): string[] {
  const faults: string[] = []
  const expectThat = (holds: boolean, fault: string) => {
    if (!holds) faults.push(fault)
  }
  expectThat(Number.isInteger(body.max_tokens) && body.max_tokens > 0, 'max_tokens is missing')
  expectThat(body.messages.length > 0, 'there are no messages')
  expectThat(
    body.system?.every((block) => block.type === 'text' && /\S/.test(block.text)) ?? true,
    'system has a blank block',
  )
  faults.push(
    ...body.messages.flatMap((turn, index) => turnFaults(turn, index, body.messages)),
    ...toolFaults(body),
  )
  const last = body.messages.at(-1)?.content.at(-1)
  expectThat(
    body.messages.at(-1)?.role !== 'assistant' || last?.type !== 'text' || !/\s$/.test(last.text),
    'the end is blank',
  )
  const ids = body.messages.flatMap((turn) => usesOf(turn))
  expectThat(new Set(ids).size === ids.length, '`tool_use` ids must be unique')
  if (body.thinking?.type === 'enabled') {
    expectThat(
      body.thinking.budget_tokens >= 1024 && body.thinking.budget_tokens < body.max_tokens,
      'the budget is out of range',
    )
    expectThat(
      body.tool_choice?.type !== 'any' && body.tool_choice?.type !== 'tool',
      'thinking beside a forced call',
    )
    expectThat(
      body.temperature === undefined || body.temperature === 1,
      'thinking beside a temperature',
    )
    expectThat(
      body.top_k === undefined && (body.top_p ?? 1) >= 0.95,
      'thinking beside top_k or top_p',
    )
    expectThat(beginsWithThought(body.messages), 'expected a thinking block first')
  }
  expectThat(
    (body.temperature ?? 0) >= 0 && (body.temperature ?? 0) <= 1,
    'temperature is out of range',
  )
  expectThat(
    body.stop_sequences?.every((stop) => /\S/.test(stop)) ?? true,
    'a stop sequence is blank',
  )
  return faults
}

function turnFaults(turn: MessageTurn, index: number, turns: readonly MessageTurn[]): string[] {
  const faults: string[] = []
  if (turn.content.length === 0) faults.push(`messages.${index} is empty`)
  if (turns[index + 1]?.role === turn.role)
    faults.push(`messages.${index} and its neighbour have one role`)
  if (turn.content.some((block) => block.type === 'text' && !/\S/.test(block.text)))
    faults.push(`messages.${index} has a blank text`)
  if (turn.role === 'assistant' && turn.content.at(-1)?.type.endsWith('thinking'))
    faults.push(`messages.${index} ends with a thought`)
  const uses = usesOf(turn)
  const results = resultsOf(turns[index + 1])
  for (const id of uses) if (!results.includes(id)) faults.push(`tool_use ${id} has no result`)
  for (const id of uses) if (!NAME.test(id)) faults.push(`tool_use id ${id} is not allowed`)
  if (turn.role === 'user') {
    const asked = usesOf(turns[index - 1])
    for (const id of resultsOf(turn))
      if (!asked.includes(id)) faults.push(`tool_result ${id} has no call`)
    const kinds = turn.content.map((block) => block.type === 'tool_result')
    if (kinds.lastIndexOf(true) > kinds.indexOf(false) && kinds.includes(false))
      faults.push(`messages.${index} has words before a result`)
  }
  for (const block of turn.content) {
    if (
      block.type === 'image' &&
      block.source.type === 'base64' &&
      !/^[A-Za-z0-9+/]*=*$/.test(block.source.data)
    ) {
      faults.push(`messages.${index} has data that is not base64`)
    }
  }
  return faults
}

function toolFaults(body: MessagesRequest): string[] {
  const faults: string[] = []
  const tools = body.tools ?? []
  for (const tool of tools) {
    if (!NAME.test(tool.name)) faults.push(`tool name ${tool.name} is not allowed`)
    if ('input_schema' in tool && tool.input_schema.type !== 'object')
      faults.push(`${tool.name} has no object for its input`)
  }
  if (new Set(tools.map((tool) => tool.name)).size !== tools.length)
    faults.push('tool names must be unique')
  if (body.tool_choice !== undefined && tools.length === 0)
    faults.push('a tool choice without tools')
  const called = body.messages.some((turn) => usesOf(turn).length > 0)
  if (called && tools.length === 0) faults.push('requests with `tool_use` blocks must define tools')
  return faults
}

function usesOf(turn: MessageTurn | undefined): string[] {
  return idsOf(turn, (block) => (block.type === 'tool_use' ? block.id : undefined))
}

function resultsOf(turn: MessageTurn | undefined): string[] {
  return idsOf(turn, (block) => (block.type === 'tool_result' ? block.tool_use_id : undefined))
}

function idsOf(
  turn: MessageTurn | undefined,
  idOf: (block: ContentBlock) => string | undefined,
): string[] {
  return turn?.content.flatMap((block) => idOf(block) ?? []) ?? []
}

function beginsWithThought(turns: readonly MessageTurn[]): boolean {
  const last = turns.at(-1)
  const turn =
    last?.role === 'assistant' ? last : resultsOf(last).length > 0 ? turns.at(-2) : undefined
  return turn === undefined || turn.content[0]!.type.endsWith('thinking')
}
