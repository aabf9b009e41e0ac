import { describe, expect, it } from 'vitest'
import { parseDataUrl } from '../../src/vendor-spec/data-url.ts'

describe('parseDataUrl', () => {
  it.each<[string, string, string]>([
    ['data:image/png;base64,aGk=', 'image/png', 'aGk='],
    ['DATA:Image/PNG;charset=utf-8;BASE64,aGk=', 'image/png', 'aGk='],
    ['data:image/png;base64,aG\n k%3D', 'image/png', 'aGk='],
    ['data:image/png;base64,aGk', 'image/png', 'aGk='],
    ['data:image/png;base64,_-8', 'image/png', '/+8='],
    ['data:,hi', 'text/plain', 'aGk='],
    ['data:text/plain;charset=utf-8,h%C3%BC', 'text/plain', 'aMO8'],
    ['data:text/plain,100%', 'text/plain', 'MTAwJQ=='],
    ['data:application/pdf;base64,', 'application/pdf', ''],
  ])('reads %s', (url, mediaType, base64) => {
    expect(parseDataUrl(url)).toEqual({ mediaType, base64 })
  })

  it.each([
    'https://img.example/a.png',
    'data:image/png;base64',
    'aGk=',
    '',
    ' data:,x',
    `data:${'x'.repeat(600)},y`,
  ])('takes %j for another kind of URL', (url) => {
    expect(parseDataUrl(url)).toBeUndefined()
  })

  it('reads megabytes at once', () => {
    const base64 = 'A'.repeat(20_000_000)
    const before = performance.now()
    expect(parseDataUrl(`data:image/png;base64,${base64}`)?.base64.length).toBe(base64.length)
    expect(performance.now() - before).toBeLessThan(2000)
  })
})
