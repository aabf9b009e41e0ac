import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// Only ours is added: `import` among them would be given to `require()` as well.
const conditions = ['@sluice/source', 'node', 'default']
const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Tests that measure time or growth, run a browser or Next, send long uploads or try many seeds.
 */
const slow = [
  'packages/cache/test/hits-over-http.test.ts',
  'packages/endpoints/test/body-mutations.test.ts',
  'packages/endpoints/test/multipart/form-mutations.test.ts',
  'packages/endpoints/test/multipart/many-uploads.test.ts',
  'packages/providers/test/translation-cost.test.ts',
  'packages/sse-stream/test/browser.test.ts',
  'packages/sse-stream/test/bytes/buffer-pool.test.ts',
  'test/bench/**/*.test.ts',
  'test/faults/blocking.test.ts',
  'test/faults/linear-scans.test.ts',
  'test/fuzz/**/*.test.ts',
  'test/agents/agents.test.ts',
  'test/hosts/next.test.ts',
]

/** Properties that `unit` tries a few times and `slow` in full: their files call `runs()`. */
const properties = [
  'packages/cache/test/key/cache-key.test.ts',
  'packages/providers/test/vendors/anthropic/encode-laws.test.ts',
  'packages/providers/test/decode-oracle.test.ts',
  'packages/endpoints/test/validation/compile-guard.test.ts',
  'packages/sse-stream/test/chat/chat-stream-decoder.test.ts',
  'packages/sse-stream/test/template/event-template.test.ts',
  'packages/sse-stream/test/chat/known-events/known-events.test.ts',
]

/**
 * Tests of one package that open sockets or replace a module, so that they are not quick or pure.
 */
const sockets = [
  'packages/auth/test/bearer-auth.test.ts',
  'packages/auth/test/failures-are-heard.test.ts',
  'packages/auth/test/host-identity.test.ts',
  'packages/auth/test/lookup-answers.test.ts',
  'packages/cache/test/cache.test.ts',
  'packages/conformance/test/fake-vendor.test.ts',
  'packages/conformance/test/fault-vendor.test.ts',
  'packages/conformance/test/provider-laws.test.ts',
  'packages/conformance/test/replay-vendor.test.ts',
  'packages/endpoints/test/bodies.test.ts',
  'packages/endpoints/test/further-endpoints.test.ts',
  'packages/endpoints/test/host-bodies.test.ts',
  'packages/endpoints/test/multipart/read-form.test.ts',
  'packages/endpoints/test/openapi/open-api.test.ts',
  'packages/endpoints/test/responses/bad-input.test.ts',
  'packages/endpoints/test/socket/responses-socket.test.ts',
  'packages/endpoints/test/responses/references.test.ts',
  'packages/endpoints/test/responses/response-form.test.ts',
  'packages/endpoints/test/responses/responses.test.ts',
  'packages/providers/test/response/chat-response.test.ts',
  'packages/providers/test/transport.test.ts',
  'packages/providers/test/transport/client-pool.test.ts',
  'packages/providers/test/ai-sdk/from-ai-sdk.test.ts',
  'packages/providers/test/vendors/alikes.test.ts',
  'packages/providers/test/vendors/azure-openai.test.ts',
  'packages/providers/test/vendors/message-rules.test.ts',
  'packages/providers/test/vendors/hosted-relay.test.ts',
  'packages/providers/test/response/errors/vendor-error.test.ts',
  'packages/providers/test/vendors/anthropic/laws.test.ts',
  'packages/providers/test/vendors/anthropic/sdk.test.ts',
  'packages/providers/test/vendors/bfl/bfl.test.ts',
  'packages/providers/test/catalog/model-listing.test.ts',
  'packages/providers/test/embeddings/embeddings-in-parts.test.ts',
  'packages/providers/test/fan-out/fan-out.test.ts',
  'packages/providers/test/vendors/gemini/conformance.test.ts',
  'packages/providers/test/vendors/gemini/gemini.test.ts',
  'packages/providers/test/operations/completions.test.ts',
  'packages/providers/test/operations/further.test.ts',
  'packages/providers/test/operations/generate-content.test.ts',
  'packages/providers/test/operations/whole-by-stream.test.ts',
  'packages/providers/test/emulation/custom-tools/custom-tools.test.ts',
  'packages/providers/test/emulation/responses/agent-bodies.test.ts',
  'packages/providers/test/emulation/responses/recorded-agents.test.ts',
  'packages/providers/test/emulation/responses/responses.test.ts',
  'packages/rate-limit/test/rate-limit.test.ts',
  'packages/rate-limit/test/rate-limit-mounted.test.ts',
  'packages/router/test/bulkhead.test.ts',
  'packages/sluice/test/create-relay.test.ts',
  'packages/sse-stream/test/response-writer.test.ts',
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
