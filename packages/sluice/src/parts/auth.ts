export {
  bearerAuth,
  createKey,
  hashKey,
  hostIdentity,
  type ApiKeyRecord,
  type BearerAuthOptions,
  type CreateKeyOptions,
  type CreatedKey,
  type HostIdentityOptions,
  type HostRequest,
  type Identify,
  type KeyLookup,
} from '@sluice/auth'
