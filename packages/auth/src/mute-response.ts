import type { ServerResponse } from 'node:http'

/**
 * Makes a response that is over deaf to whatever else is said on it. A host's error handler that
 * answers without a look at `headersSent` would else throw, and where it is asynchronous, end the
 * process.
 */
export function muteResponse(res: ServerResponse): void {
  const deaf = () => res
  Object.assign(res, {
    setHeader: deaf,
    setHeaders: deaf,
    appendHeader: deaf,
    removeHeader: () => {},
    writeHead: deaf,
    flushHeaders: () => {},
    write: () => true,
    end: deaf,
  })
}
