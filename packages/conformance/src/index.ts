export { FakeClock } from './fake-clock.ts'
export {
  fakeVendor,
  type FakeVendor,
  type FakeVendorOptions,
  type FakeVendorRequest,
} from './fake-vendor/fake-vendor.ts'
export type { FakeReply } from './fake-vendor/fake-reply.ts'
export type { RunningVendor } from './fake-vendor/listen-on-loopback.ts'
export {
  faultResponse,
  faultHead,
  faultStream,
  type FaultStep,
  type StreamOptions,
} from './fault-vendor/fault-step.ts'
export {
  faultVendor,
  type FaultVendor,
  type FaultVendorOptions,
  type VendorRequest,
} from './fault-vendor/fault-vendor.ts'
export { faults, type Fault, type FaultSample } from './fault-vendor/faults.ts'
export { frameEvents, type Framing } from './fault-vendor/frame-events.ts'
export type { RawRequest } from './fault-vendor/read-request.ts'
export { loadFixtures } from './fixtures/load-fixtures.ts'
export type { ProviderFixture } from './fixtures/provider-fixture.ts'
export { replayVendor, type ReplayVendorOptions } from './fixtures/replay-vendor.ts'
export type {
  ChatUnderTest,
  ContextUnderTest,
  CreateProvider,
  EncodedUnderTest,
  ProviderUnderTest,
  SpecUnderTest,
} from './laws/provider-subject.ts'
export {
  responseStoreLaws,
  type ResponseStoreLawsOptions,
  type ResponseStoreUnderTest,
} from './laws/response-store-laws.ts'
export { providerLaws, type ProviderLawsOptions } from './laws/provider-laws.ts'
export type { LawRunner } from './laws/runner.ts'
export { seededRandom } from './fuzzing/seeded-random.ts'
export { splitAtEvents, splitAtRandom, splitEvery } from './fuzzing/split-bytes.ts'
