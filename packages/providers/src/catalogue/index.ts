export { aliasesFor, catalogue, findModel, modelsOf } from './catalogue.ts'
export { mergeCatalogue, type CatalogueOverride } from './merge-catalogue.ts'
export { toModel, type Ability, type CatalogueEntry, type Modality } from './catalogue-entry.ts'
