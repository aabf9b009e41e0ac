import { ConfigError } from '@sluice/core'

/** The URL that a provider's paths are appended to. @throws ConfigError `ERR_PROVIDERS_BASE_URL` */
export function parseBaseURL(provider: string, text: string): URL {
  const refuse = (why: string) =>
    new ConfigError('ERR_PROVIDERS_BASE_URL', `${provider}({ baseURL }) ${why}.`)
  if (text.trim() !== text) throw refuse('has spaces around it')
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw refuse('is not a URL; it looks like https://api.openai.com/v1')
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw refuse('must begin with https: or http:')
  if (url.username !== '' || url.password !== '')
    throw refuse('must not hold credentials; use apiKey')
  if (url.hash !== '' || url.search !== '') throw refuse('must not have a query or fragment')
  return url
}
