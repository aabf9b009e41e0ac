import { partialJson, type PartialJson } from '@sluice/sse-stream'
import { of } from 'rxjs'
import { expectTypeOf } from 'vitest'

interface Recipe {
  title: string
  steps: { text: string; minutes: number }[]
}

expectTypeOf<PartialJson<Recipe>>().toEqualTypeOf<{
  title?: string
  steps?: { text?: string; minutes?: number }[]
}>()

of('{')
  .pipe(partialJson<Recipe>())
  .subscribe((recipe) => {
    expectTypeOf(recipe.steps?.[0]?.minutes).toEqualTypeOf<number | undefined>()
    // @ts-expect-error a field that may not have come yet
    expectTypeOf(recipe.title.length).toBeNumber()
  })

of('{')
  .pipe(partialJson())
  .subscribe((value) => expectTypeOf(value).toBeUnknown())
