import { buildHandler, sentences } from './pipeline.ts'

sentences(buildHandler(), 'What is a token stream?').subscribe({
  next: (sentence) => console.log(`• ${sentence.trim()}`),
  error: (error) => console.error(error),
})
