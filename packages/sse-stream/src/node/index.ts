export { toNodeReadable, type ToNodeReadableOptions } from './to-node-readable.ts'
export { FlushScheduler } from './flush-scheduler.ts'
export { writeResponse, type WriteResponseOptions } from './response-writer.ts'
export { writeTo } from './write-to.ts'
