import { call } from '@sluice/core'
import { demo } from '@sluice/providers/demo'
import { firstValueFrom, toArray } from 'rxjs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
const d = demo({ tokensPerSecond: 0 })
const ask = async (params: any, op: any = 'chat.completions') => { const c = call(op, params); return (await firstValueFrom(d(c).pipe(toArray()))) as any[] }
const u = (content: any) => [{ role: 'user', content }]
const say = async (p: any) => JSON.stringify((await ask({ model: 'demo', ...p }))[0].document())
console.log(await say({ messages: u('Say hello.') }))
console.log(await say({ messages: u('法国的首都是哪里？') , n: 2}))
const weather = { type: 'function', function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' }, unit: { enum: ['celsius', 'fahrenheit'] }, days: { type: 'integer' } }, required: ['city'] } } }
const time = { type: 'function', function: { name: 'get_time', parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } } }
const add = { type: 'function', function: { name: 'add', parameters: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } }, required: ['a','b'] } } }
const search = { type: 'function', function: { name: 'search_docs', parameters: { type: 'object', properties: { query: { type: 'string' }, limit: {type:'integer', maximum: 10} }, required: ['query'] } } }
for (const q of ["What's the weather in Paris? Use get_weather.", 'Use get_weather for Paris in celsius and get_time for New York', '请调用get_weather查询北京的天气', 'call add with a=2 and b=3', 'add 5 and 7', 'get_weather with {"city":"Rome","days":3}', 'Please call search_docs to find refunds for broken cups', 'get weather: city is San Francisco, days is 4', 'call get_weather', 'search docs with query "billing address", limit 3'])
  console.log(q, (await ask({ model: 'demo', messages: u(q), tools: [weather, time, add, search] }))[0].document().choices[0].message.tool_calls?.map((c: any) => c.function))
console.log(await say({ messages: [...u('use get_weather in Paris'), { role: 'assistant', content: null, tool_calls: [{ id: 'x', type: 'function', function: { name: 'get_weather', arguments: '{}' } }] }, { role: 'tool', tool_call_id: 'x', content: '{"temp": 21}' }], tools: [weather] }))
for (const b of await ask({ model: 'gpt-4', messages: u('use get_weather in Paris'), tools: [weather], stream: true, stream_options: { include_usage: true }, reasoning_effort: 'low' })) console.log(Buffer.from(b.bytes).toString())
const person = { type: 'object', properties: { name: { type: 'string' }, age: { type: 'integer', minimum: 18 }, email: { type: 'string', format: 'email' }, tags: { type: 'array', items: { enum: ['a', 'b', 'c'] }, minItems: 2 }, child: { anyOf: [{ $ref: '#' }, { type: 'null' }] } }, required: ['name', 'age', 'child'] }
console.log((await ask({ model: 'demo', messages: u('Extract: Alice is 30'), response_format: { type: 'json_schema', json_schema: { name: 'p', schema: person } } }))[0].document().choices[0].message.content)
console.log(await say({ messages: u('Hi there'), max_tokens: 5, logprobs: true, top_logprobs: 2 }))
const emb = async (input: any, more = {}) => (await ask({ model: 'demo-embedding', input, ...more }, 'embeddings'))[0].document()
const dot = (a: number[], b: number[]) => a.reduce((s, x, i) => s + x * b[i]!, 0)
const texts = ['The cat sits on the mat', 'A cat is sitting on a mat', 'Stock markets fell sharply today', 'A kitten rests upon a rug', '猫坐在垫子上', '今天股市大跌', 'king', 'queen', 'banana', 'how do I reset my password', 'I forgot my login credentials', 'what is the refund policy', 'dog', 'puppy', 'airplane','I love programming in Python','Coding in Python is my favourite hobby','The weather is sunny']
for (const dims of [256, 64]) {
const e = (await emb(texts, { dimensions: dims })).data.map((x: any) => x.embedding)
for (const [a, b] of [[0, 1], [0, 2], [0, 3], [0, 4], [4, 5], [2, 5], [6, 7], [6, 8], [9, 10], [9, 11], [12, 13], [12, 14],[15,16],[15,17]]) console.log(texts[a!], '|', texts[b!], dot(e[a!], e[b!]).toFixed(3))
}
const timed = async (name: string, f: () => Promise<unknown>) => { const h = monitorEventLoopDelay({ resolution: 1 }); h.enable(); await new Promise(r => setTimeout(r, 30)); const t = performance.now(); let worst = 0; let last = t; const iv = setInterval(() => { const n = performance.now(); worst = Math.max(worst, n - last); last = n }, 1); const v = await f(); await new Promise(r => setTimeout(r, 5)); clearInterval(iv); h.disable(); console.log(name, 'total', (performance.now() - t).toFixed(0), 'worst block', worst.toFixed(1)) ; return v}
const big = 'lorem ipsum dolor '.repeat(600_000)
const json = async (p: any, op?: any) => { for (const b of await ask({ model: 'demo', ...p }, op)) b.bytes.length }
for (let i = 0; i < 2; i++) {
await timed('10MB prompt', () => json({ messages: u(big) }))
await timed('10MB blanks', () => json({ messages: u(' '.repeat(1e7)+'x') }))
await timed('1M messages', () => { const m = Array.from({length: 300_000}, () => ({role:'user', content:'hi'})); const t=performance.now(); return json({ messages: m }).then(()=>console.log('   pure', performance.now()-t)) })
const defs: any = {}; for (let k = 0; k < 1000; k++) defs['D' + k] = { type: 'object', properties: { next: { $ref: '#/$defs/D' + (k + 1) } }, required: ['next'] }
defs.D1000 = { type: 'string' }
const rf = (schema: any) => ({ type: 'json_schema', json_schema: { name: 'x', schema } })
await timed('1000 defs', () => json({ messages: u('x'), response_format: rf({ $ref: '#/$defs/D0', $defs: defs }) }))
const chain: any = {}; for (let k = 0; k < 50000; k++) chain['D' + k] = { $ref: '#/$defs/D' + (k + 1) }
await timed('50000 ref chain', () => json({ messages: u('x'), response_format: rf({ $ref: '#/$defs/D0', $defs: chain }) }))
const tree: any = { type: 'object', properties: { l: { $ref: '#' }, r: { $ref: '#' } }, required: ['l', 'r'] }
await timed('tree', () => json({ messages: u('x'), response_format: rf(tree) }))
const wide: any = { type: 'object', properties: {}, required: [] }; for (let k = 0; k < 100_000; k++) { wide.properties['k' + k] = { $ref: '#' } ; wide.required.push('k' + k) }
await timed('wide', () => json({ messages: u('x'), response_format: rf(wide) }))
await timed('wide x8 tools', () => json({ messages: u('call t0 t1 t2 t3 t4 t5 t6 t7 ' + 'city: x '.repeat(500)), tools: Array.from({ length: 128 }, (_, k) => ({ type: 'function', function: { name: 't' + k, parameters: wide } })) }))
await timed('128 tools in noise', () => json({ messages: u('aaaa'.repeat(4000)), tools: Array.from({ length: 128 }, (_, k) => ({ type: 'function', function: { name: 'a'.repeat(k%64+1), parameters: wide } })) }))
const strs: any = { type: 'object', properties: {} }; for (let k = 0; k < 4000; k++) strs.properties['k' + k] = { type: 'string', minLength: 9000 }
await timed('long strings', () => json({ messages: u('x'), response_format: rf(strs) }))
await timed('long strings lp', () => json({ messages: u('x'), n: 128, logprobs: true, top_logprobs: 20, response_format: rf(strs) }))
await timed('n=128', () => json({ messages: u('x'), n: 128 }))
await timed('n=128 stream', () => json({ messages: u('x'), n: 128, stream: true, logprobs: true, top_logprobs: 20 }))
await timed('anyOf', () => json({ messages: u('x'), response_format: rf({ anyOf: Array.from({ length: 50_000 }, () => ({ $ref: '#' })) }) }))
await timed('allOf self', () => json({ messages: u('x'), response_format: rf({ allOf: Array.from({ length: 50_000 }, () => ({ $ref: '#/$defs/a' })), $defs: { a: wide } }) }))
await timed('emb 10MB', () => json({ input: big }, 'embeddings'))
await timed('emb 2048x3072', () => json({ input: Array.from({ length: 2048 }, (_, k) => 'hello ' + k), dimensions: 3072 }, 'embeddings'))
await timed('emb 2048 x 5k', () => json({ input: Array.from({ length: 2048 }, (_, k) => big.slice(0, 5000)) }, 'embeddings'))
await timed('emb tokens', () => json({ input: Array.from({ length: 1_000_000 }, (_, k) => k) }, 'embeddings'))
}
