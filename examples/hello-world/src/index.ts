import { buildApp } from './app.ts'

const port = Number(process.env['PORT'] ?? 3000)
buildApp().listen(port, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${port}/v1`)
})
