import type { Gate } from '@sluice/core'

/**
 * The gate that makes the source of a value wait: the one that was given, else the value's own
 * where it is a batch.
 */
export function gateOf(value: unknown, given: Gate | undefined): Gate | undefined {
  if (given !== undefined || typeof value !== 'object' || value === null || !('gate' in value))
    return given
  return value.gate as Gate
}
