import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { specs, withAbilityTable } from './ability-table.ts'

const root = join(import.meta.dirname, '../..')
const COMMAND =
  'node --conditions=@sluice/source packages/providers/test/abilities/write-ability-table.ts'
/** Spaces say nothing in a table, and formatters pad it. */
const bare = (text: string) => text.replace(/[ -]+/g, '')

describe('the table of vendors and abilities', () => {
  it('is in the README as the specs have it', () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8')
    expect(bare(readme), `Run: ${COMMAND}`).toBe(bare(withAbilityTable(readme)))
  })

  it('leaves no vendor out', () => {
    const files = readdirSync(join(root, 'src/vendors')).map((file) => file.replace(/\.ts$/, ''))
    const vendors = files.filter((name) => name !== 'uncommon-params')
    const ids = specs.map(({ id }) => (id === 'relay' ? 'hosted-relay' : id))
    expect(ids).toEqual(expect.arrayContaining(vendors))
  })
})
