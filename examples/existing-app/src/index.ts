import { buildApp } from './app.ts'

const port = Number(process.env['PORT'] ?? 3000)
const keys = (process.env['SLUICE_API_KEYS'] ?? 'sk-test').split(',')
buildApp({ keys, log: (line) => process.stdout.write(line) }).listen(port, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${port}/v1`)
})
