export { toNodeReadable, type ToNodeReadableOptions } from './to-node-readable.ts'
export { writeAnswer, type WriteAnswerOptions } from './write-answer.ts'
export { writeTo } from './write-to.ts'
