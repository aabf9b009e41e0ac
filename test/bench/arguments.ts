/** The value behind `--name` on the command line. */
export function argument(name: string, fallback?: string): string {
  const at = process.argv.indexOf(`--${name}`)
  const value = at < 0 ? fallback : process.argv[at + 1]
  if (value === undefined) throw new Error(`--${name} is missing`)
  return value
}

/** Whether `--name` stands on the command line. */
export function flag(name: string): boolean {
  return process.argv.includes(`--${name}`)
}
