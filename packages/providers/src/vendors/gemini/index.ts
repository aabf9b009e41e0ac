export { gemini } from './gemini.ts'
export { geminiSpec } from './gemini-spec.ts'
