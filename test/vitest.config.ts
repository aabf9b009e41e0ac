import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// Only ours is added: `import` among them would be given to `require()` as well.
const conditions = ['@sluice/source', 'node', 'default']
const root = fileURLToPath(new URL('..', import.meta.url))

/** Tests that measure time or growth, run a browser or Next, send long uploads or try many seeds. */
const slow = [
  'packages/cache/test/hits-over-http.test.ts',
  'packages/endpoints/test/body-mutations.test.ts',
  'packages/endpoints/test/multipart/form-mutations.test.ts',
  'packages/endpoints/test/multipart/many-uploads.test.ts',
  'packages/providers/test/translation-cost.test.ts',
  'packages/sse-stream/test/browser.test.ts',
  'packages/sse-stream/test/turn-buffers.test.ts',
  'test/bench/**/*.test.ts',
  'test/faults/blocking.test.ts',
  'test/faults/linear-scans.test.ts',
  'test/fuzz/**/*.test.ts',
  'test/hosts/next.test.ts',
]

/** Properties that `unit` tries a few times and `slow` in full: their files call `runs()`. */
const properties = [
  'packages/cache/test/cache-key.test.ts',
  'packages/providers/test/anthropic/encode-laws.test.ts',
  'packages/providers/test/decode-oracle.test.ts',
  'packages/endpoints/test/plain-form.test.ts',
  'packages/sse-stream/test/chat-translator.test.ts',
  'packages/sse-stream/test/chunk-template.test.ts',
  'packages/sse-stream/test/known-events.test.ts',
]

/** Tests of one package that open sockets or replace a module, so that they are not quick or pure. */
const sockets = [
  'packages/auth/test/{bearer-auth,failures-are-heard,host-identity,lookup-answers}.test.ts',
  'packages/cache/test/cache.test.ts',
  'packages/conformance/test/{fake-vendor,fault-vendor,provider-laws,replay-vendor}.test.ts',
  'packages/endpoints/test/{bodies,further-endpoints,host-bodies,remembered-bodies}.test.ts',
  'packages/endpoints/test/multipart/read-form.test.ts',
  'packages/endpoints/test/openapi/open-api.test.ts',
  'packages/endpoints/test/responses/{bad-input,references,response-form,responses}.test.ts',
  'packages/providers/test/{chat-answer,transport}.test.ts',
  'packages/providers/test/ai-sdk/from-ai-sdk.test.ts',
  'packages/providers/test/alikes/{alikes,azure-openai,message-rules,relay}.test.ts',
  'packages/providers/test/answer/vendor-error.test.ts',
  'packages/providers/test/anthropic/{laws,sdk}.test.ts',
  'packages/providers/test/bfl/bfl.test.ts',
  'packages/providers/test/catalogue/model-listing.test.ts',
  'packages/providers/test/embeddings/embeddings-in-parts.test.ts',
  'packages/providers/test/fan-out/fan-out.test.ts',
  'packages/providers/test/gemini/{conformance,gemini}.test.ts',
  'packages/providers/test/operations/{completions,further,whole-by-stream}.test.ts',
  'packages/providers/test/responses/{agent-bodies,responses}.test.ts',
  'packages/providers/test/transport/client-pool.test.ts',
  'packages/rate-limit/test/{rate-limit,rate-limit-mounted}.test.ts',
  'packages/router/test/bulkhead.test.ts',
  'packages/sluice/test/relay.test.ts',
  'packages/sse-stream/test/write-answer.test.ts',
]

const packages = ['packages/*/test/**/*.test.ts', 'test/structure/**/*.test.ts']
const crossing = ['examples/*/test/**/*.test.ts', 'test/{clients,doors,faults,hosts}/**/*.test.ts']

/** One project of tests; sources run unbuilt in each, and projects run one after another. */
function project(name: string, groupOrder: number, options: object) {
  return {
    resolve: { conditions },
    ssr: { resolve: { conditions, externalConditions: ['@sluice/source'] } },
    test: {
      root,
      name,
      sequence: { groupOrder },
      testTimeout: 20_000,
      hookTimeout: 30_000,
      execArgv: ['--conditions=@sluice/source'],
      unstubEnvs: true,
      ...options,
    },
  }
}

const config = defineConfig({
  root,
  test: {
    projects: [
      project('unit', 0, {
        include: packages,
        exclude: [...slow, ...sockets],
        isolate: false,
        env: { FULL_RUNS: '0' },
      }),
      project('integration', 1, { include: [...crossing, ...sockets], exclude: slow }),
      // Nothing else may run beside what measures time.
      project('slow', 2, { include: [...slow, ...properties], fileParallelism: false }),
    ],
  },
})

// vitest looks for its configuration in the default export.
// oxlint-disable-next-line import/no-default-export
export default config
