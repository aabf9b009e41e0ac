/** A coding agent: how it is told where the relay is, and how it is asked for a small task. */
export interface Agent {
  readonly name: string
  /** The npm package that brings it. */
  readonly package: string
  readonly command: string
  readonly args: readonly string[]
  /** `origin` of the relay, without a path. */
  env(origin: string, key: string): Readonly<Record<string, string>>
  /** Files of its home folder: path → text. */
  files(origin: string): Readonly<Record<string, string>>
}

const TASK = 'Create a file hello.txt with the word hi'

/** The agents that are tried, with the settings that `packages/docs/agents.md` tells of. */
export const agents: readonly Agent[] = [
  {
    name: 'Claude Code',
    package: '@anthropic-ai/claude-code',
    command: 'claude',
    args: ['-p', TASK, '--model', 'demo-model', '--dangerously-skip-permissions'],
    env: (origin, key) => ({
      ANTHROPIC_BASE_URL: origin,
      ANTHROPIC_API_KEY: key,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      IS_SANDBOX: '1',
    }),
    files: () => ({}),
  },
  ...['demo-model', 'gpt-5.6-sol'].map((model): Agent => ({
    name: `Codex, ${model}`,
    package: '@openai/codex',
    command: 'codex',
    args: [
      'exec',
      '--skip-git-repo-check',
      '--dangerously-bypass-approvals-and-sandbox',
      '--model',
      model,
      TASK,
    ],
    env: (_origin, key) => ({ SLUICE_KEY: key }),
    files: (origin) => ({ '.codex/config.toml': codexConfig(origin) }),
  })),
  {
    name: 'Codex over a socket',
    package: '@openai/codex',
    command: 'codex',
    args: [
      'exec',
      '--skip-git-repo-check',
      '--dangerously-bypass-approvals-and-sandbox',
      '--model',
      'demo-model',
      TASK,
    ],
    env: (_origin, key) => ({ SLUICE_KEY: key }),
    files: (origin) => ({ '.codex/config.toml': codexConfig(origin, true) }),
  },
  {
    name: 'gemini-cli',
    package: '@google/gemini-cli',
    command: 'gemini',
    args: ['--yolo', '--skip-trust', '-m', 'demo-model', '-p', TASK],
    env: (origin, key) => ({ GOOGLE_GEMINI_BASE_URL: origin, GEMINI_API_KEY: key }),
    files: () => ({
      '.gemini/settings.json': JSON.stringify({
        security: { auth: { selectedType: 'gemini-api-key' } },
        telemetry: { enabled: false },
        privacy: { usageStatisticsEnabled: false },
      }),
    }),
  },
]

function codexConfig(origin: string, isSocket = false): string {
  return `model_provider = "sluice"
check_for_update_on_startup = false
[model_providers.sluice]
name = "Sluice"
base_url = "${origin}/v1"
env_key = "SLUICE_KEY"
wire_api = "responses"
supports_websockets = ${String(isSocket)}
[analytics]
enabled = false
[features]
plugins = false
apps = false
remote_plugin = false
`
}
