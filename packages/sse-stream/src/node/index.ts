export { toNodeReadable, type ToNodeReadableOptions } from './to-node-readable.ts'
export { TurnEnd } from './turn-end.ts'
export { writeAnswer, type WriteAnswerOptions } from './write-answer.ts'
export { writeTo } from './write-to.ts'
