export { hostedRelay, type HostedRelayOptions } from '@sluice/providers/hosted-relay'
