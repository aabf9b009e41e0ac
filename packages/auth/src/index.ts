export { bearerAuth, type BearerAuthOptions } from './bearer-auth.ts'
export { createKey, type CreatedKey, type CreateKeyOptions } from './keys/create-key.ts'
export { hashKey } from './keys/hash-key.ts'
export {
  hostIdentity,
  type HostIdentityOptions,
  type HostRequest,
  type Identify,
} from './host-identity.ts'
export type { ApiKeyRecord } from './keys/api-key-record.ts'
export type { KeyLookup } from './keys/key-lookup.ts'
