/**
 * The offset at which the path of a request target begins: 0, or behind the host in the absolute
 * form (`GET http://host/v1/models`), which a server has to take (RFC 9112, 3.2.2). `undefined` for
 * a target that is no URL.
 */
export function pathStart(target: string): number | undefined {
  if (target.startsWith('/') || target === '*') return 0
  if (!URL.canParse(target)) return undefined
  const path = target.indexOf('/', target.indexOf('://') + 3)
  return path < 0 ? target.length : path
}
