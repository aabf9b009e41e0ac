import { call, createContextKey } from '@sluice/core'

const priority = createContextKey<'high' | 'low'>('low')
const { context } = call('chat.completions', { model: 'm', messages: [] }).report

const read: 'high' | 'low' = context.get(priority)
context.set(priority, 'high')
// @ts-expect-error a value of another type
context.set(priority, 'medium')
// @ts-expect-error what is read has the key's type
const wrong: number = context.get(priority)

void [read, wrong]
