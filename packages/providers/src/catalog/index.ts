export { aliasesFor, catalog, findModel, modelsOf } from './catalog.ts'
export { mergeCatalog, type CatalogOverride } from './merge-catalog.ts'
export { toModel, type Ability, type CatalogEntry, type Modality } from './catalog-entry.ts'
