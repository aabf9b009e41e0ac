export { writeAnswer, type WriteAnswerOptions } from './write-answer.ts'
export { writeTo } from './write-to.ts'
