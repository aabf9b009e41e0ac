export {
  aliasesFor,
  catalog,
  findModel,
  mergeCatalog,
  modelsOf,
  toModel,
  type Ability,
  type CatalogEntry,
  type CatalogOverride,
  type Modality,
} from '@sluice/providers/catalog'
