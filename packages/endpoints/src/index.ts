export { endpoints, type EndpointsOptions } from './endpoints.ts'
export { errorHandler, type ErrorMiddleware } from './error-handler.ts'
export { mount } from './mount.ts'
export { notFound } from './not-found.ts'
