import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withAbilityTable } from './ability-table.ts'

const readme = join(import.meta.dirname, '../../README.md')
writeFileSync(readme, withAbilityTable(readFileSync(readme, 'utf8')))
