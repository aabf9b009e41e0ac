export {
  FlushScheduler,
  toNodeReadable,
  writeResponse,
  writeTo,
  type ToNodeReadableOptions,
  type WriteResponseOptions,
} from '@sluice/sse-stream/node'
