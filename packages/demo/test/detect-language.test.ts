import { describe, expect, it } from 'vitest'
import { detectLanguage } from '../src/detect-language.ts'

describe('detectLanguage', () => {
  it.each([
    ['What is the capital of France?', 'en'],
    ['hello', 'en'],
    ['', 'en'],
    ['12345 !?', 'en'],
    ['Was ist die Hauptstadt von Frankreich?', 'de'],
    ['Quelle est la capitale de la France ?', 'fr'],
    ['¿Cuál es la capital de Francia?', 'es'],
    ['Какая столица Франции?', 'ru'],
    ['法国的首都是哪里？', 'zh'],
    ['请调用 get_weather 查询北京的天气', 'zh'],
    ['フランスの首都はどこですか', 'ja'],
    ['프랑스의 수도는 어디입니까?', 'ko'],
    ['What does the sign 水 mean when it is written on a door?', 'en'],
  ])('reads %j as %s', (text, language) => {
    expect(detectLanguage(text)).toBe(language)
  })
})
