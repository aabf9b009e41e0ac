import type { PropertyNames } from './property-names.ts'
import { PLACES, pointerKey } from './sub-schemas.ts'

/** A reference into a schema (`#/definitions/A`), to where that place is in the lifted schema. */
export function liftPointer(reference: string, names: PropertyNames | undefined): string {
  if (
    !reference.includes('/definitions/') &&
    !reference.includes('/items/') &&
    names === undefined
  ) {
    return reference
  }
  const steps = reference.split('/')
  for (let at = 1; at < steps.length; at++) {
    const keyword = steps[at]!
    const next = steps[at + 1]
    if (keyword === 'definitions') steps[at] = '$defs'
    else if (keyword === 'items' && next !== undefined && /^\d+$/.test(next))
      steps[at] = 'prefixItems'
    const place = PLACES.get(keyword)
    if (place === undefined || next === undefined) continue
    const wire = keyword === 'properties' ? names?.toWire.get(pointerKey(next)) : undefined
    if (wire !== undefined) steps[at + 1] = wire
    // What follows is a name or a number and no keyword.
    if (place !== 'one' || steps[at] === 'prefixItems') at++
  }
  return steps.join('/')
}
