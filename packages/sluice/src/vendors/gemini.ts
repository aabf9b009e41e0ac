export { gemini, geminiSpec } from '@sluice/providers/gemini'
