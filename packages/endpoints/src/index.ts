export { endpoints, type EndpointsOptions } from './endpoints.ts'
export {
  errorHandler,
  type ErrorHandlerOptions,
  type ErrorMiddleware,
} from './http/error-handler.ts'
export { mount } from './http/mount.ts'
export { notFound } from './http/not-found.ts'
export {
  memoryResponseStore,
  type MemoryResponseStoreOptions,
} from './responses/memory-response-store.ts'
export type { ResponsesOptions } from './responses/responses-options.ts'
export {
  attachResponsesSocket,
  type ResponsesSocketOptions,
} from './socket/attach-responses-socket.ts'
export { openApi, type OpenApiOptions } from './openapi/open-api.ts'
export {
  openApiDocument,
  type DescribedLimits,
  type OpenApiDocument,
  type OpenApiDocumentOptions,
} from './openapi/open-api-document.ts'
