/**
 * What a team writes first: Express, its JSON parser, undici's request, pipeline. `--port N
 * --vendor URL`
 */
import { pipeline } from 'node:stream'
import express from 'express'
import { Agent, request } from 'undici'
import { argument } from '../arguments.ts'

const vendor = argument('vendor')
const dispatcher = new Agent({
  connections: 8192,
  pipelining: 1,
  allowH2: false,
  headersTimeout: 0,
  bodyTimeout: 0,
})
const app = express()
app.disable('x-powered-by')
app.disable('etag')
app.use(express.json({ limit: '20mb' }))
app.post('/v1/*path', async (req, res) => {
  const signal = new AbortController()
  res.on('close', () => {
    if (!res.writableFinished) signal.abort()
  })
  const answer = await request(vendor + req.originalUrl, {
    dispatcher,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: req.headers.authorization ?? '' },
    body: JSON.stringify(req.body),
    signal: signal.signal,
  })
  res.writeHead(answer.statusCode, { 'content-type': String(answer.headers['content-type']) })
  pipeline(answer.body, res, () => {})
})
const server = app.listen(Number(argument('port')), '127.0.0.1', 4096)
server.keepAliveTimeout = 65_000
