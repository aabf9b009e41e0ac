import { endpoints } from '@sluice/endpoints'
import { demo } from '@sluice/demo'
import express, { type Express } from 'express'

/** The app you already have, plus one line. */
export function buildApp(): Express {
  const app = express()
  app.get('/', (_req, res) => {
    res.send('Hello World!')
  })
  app.use('/v1', endpoints(demo()))
  return app
}
