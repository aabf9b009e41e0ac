import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// Only ours is added: `import` among them would be given to `require()` as well.
const conditions = ['@sluice/source', 'node', 'default']

/** One run for everything: sources unbuilt, tests beside their package or, where they cross packages, here. */
const config = defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['@sluice/source'] } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    execArgv: ['--conditions=@sluice/source'],
    unstubEnvs: true,
  },
})

// vitest looks for its configuration in the default export.
// oxlint-disable-next-line import/no-default-export
export default config
