import { faultVendor } from '@sluice/conformance'
import { call, ConfigError } from '@sluice/core'
import { azureOpenAI } from '@sluice/providers/azure-openai'
import { lastValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'

describe('azureOpenAI', () => {
  it('asks in the version of the API that it is told', async () => {
    await using vendor = await faultVendor()
    const provider = azureOpenAI({
      baseURL: vendor.url,
      apiKey: 'sk-azure-key',
      apiVersion: '2025-04-01-preview',
    })
    await lastValueFrom(provider(call('chat.completions', { model: 'my gpt', messages: [] })))
    const [request] = vendor.requests
    expect(request!.path).toBe(
      '/openai/deployments/my%20gpt/chat/completions?api-version=2025-04-01-preview',
    )
    expect(request!.headers).toMatchObject({ 'api-key': 'sk-azure-key' })
    expect(request!.headers['authorization']).toBeUndefined()
    provider.close()
  })

  it('has no host of its own to send a key to', () => {
    expect(() => azureOpenAI({ apiKey: 'sk-azure-key' } as never)).toThrow(ConfigError)
  })

  it('refuses an option that it does not know', () => {
    expect(() =>
      azureOpenAI({ baseURL: 'https://x.openai.azure.com', version: '1' } as never),
    ).toThrow(/no option `version`/)
  })
})
