import { describe, expect, it } from 'vitest'
import { isTextType, mediaTypeByBytes, plainType } from '../../src/vendor-spec/media-type.ts'

const base64 = (...parts: readonly (string | readonly number[])[]) =>
  Buffer.concat(
    parts.map((part) =>
      typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part),
    ),
  ).toString('base64')

const PNG = base64([0x89], 'PNG\r\n', [0x1a], '\n', [0, 0, 0, 13], 'IHDR')
const JPEG = base64([0xff, 0xd8, 0xff, 0xe0], 'JFIF')
const LENGTH = [1, 2, 3, 4]

describe('mediaTypeByBytes', () => {
  it.each<[string, string, string]>([
    ['image/jpeg', PNG, 'image/png'],
    ['IMAGE/JPG', JPEG, 'image/jpeg'],
    ['', JPEG, 'image/jpeg'],
    ['text/plain', PNG, 'image/png'],
    ['application/octet-stream', base64('GIF89a'), 'image/gif'],
    ['image/*', base64('RIFF', LENGTH, 'WEBPVP8 '), 'image/webp'],
    ['image/png', base64([0, 0, 0, 24], 'ftypheic'), 'image/heic'],
    ['image/png', base64([0, 0, 0, 24], 'ftypavif'), 'image/avif'],
    ['image/png', base64('<?xml version="1.0"?><svg xmlns="">'), 'image/svg+xml'],
    ['image/png', base64('%PDF-1.7'), 'application/pdf'],
    ['audio/mp3', base64('RIFF', LENGTH, 'WAVEfmt '), 'audio/wav'],
    ['audio/wav', base64('ID3', [4]), 'audio/mp3'],
    ['audio/mpeg', base64([0xff, 0xfb, 0x90]), 'audio/mpeg'],
    ['audio/wav', base64('OggS'), 'audio/ogg'],
    ['audio/wav', base64('fLaC'), 'audio/flac'],
    ['audio/webm', base64([0x1a, 0x45, 0xdf, 0xa3]), 'audio/webm'],
    ['audio/m4a', base64([0, 0, 0, 24], 'ftypisom'), 'audio/mp4'],
    ['application/octet-stream', base64([0, 0, 0, 24], 'ftypisom'), 'video/mp4'],
    ['image/png', base64([0xef, 0xbb, 0xbf], '%PDF-1.7'), 'application/pdf'],
    ['text/plain', base64('\r\n \n%PDF-1.4'), 'application/pdf'],
    ['application/octet-stream', base64('# Notes\n\nBM and ID3'), 'text/plain'],
    ['binary/octet-stream', base64('BMW is a car'), 'text/plain'],
    ['application/octet-stream', base64('{"a":"', [0xc3, 0xbc], '"}'), 'text/plain'],
    ['', base64('ID3 is a tag'), 'text/plain'],
  ])('believes the bytes and not %s', (declared, data, expected) => {
    expect(mediaTypeByBytes(declared, data)).toBe(expected)
  })

  it.each<[string, string, string]>([
    ['image/png; charset=binary', base64('whatever'), 'image/png'],
    ['text/plain', base64('BMW is a car'), 'text/plain'],
    ['text/plain', base64('ID3 is a tag'), 'text/plain'],
    ['text/html', base64('<svg></svg>'), 'text/html'],
    ['application/json', base64('{"a":"%PDF-"}'), 'application/json'],
    ['application/octet-stream', base64('PK', [3, 4], 'mimetype'), 'application/octet-stream'],
    ['application/octet-stream', '', 'application/octet-stream'],
    ['application/sql', base64('BM: SELECT'), 'application/sql'],
    ['image/png', base64('LIST', LENGTH, 'WEBP'), 'image/png'],
    ['', '', ''],
  ])('leaves %s where the bytes say nothing', (declared, data, expected) => {
    expect(mediaTypeByBytes(declared, data)).toBe(expected)
  })
})

describe('plainType', () => {
  it.each([
    [' Image/PJPEG ;q=1', 'image/jpeg'],
    ['audio/x-wav', 'audio/wav'],
    ['application/x-pdf', 'application/pdf'],
    ['constructor', 'constructor'],
    ['__proto__', '__proto__'],
  ])('says %s in the common word', (declared, expected) => {
    expect(plainType(declared)).toBe(expected)
  })
})

describe('isTextType', () => {
  it.each([
    'text/plain',
    'text/x-python',
    'application/json',
    'application/ld+json',
    'image/svg+xml',
    'application/x-sh',
  ])('takes %s for text', (type) => expect(isTextType(type)).toBe(true))
  it.each([
    '',
    'image/png',
    'application/pdf',
    'application/zip',
    'application/msword',
    'json',
    '__proto__',
  ])('takes %j for no text', (type) => expect(isTextType(type)).toBe(false))
})
