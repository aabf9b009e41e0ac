/**
 * The boundary that a `multipart/form-data` content type names: 1 to 70 of the characters that RFC
 * 2046 allows, not ending in a blank. `undefined` where it names none or another.
 */
export function readBoundary(contentType: string): string | undefined {
  const [, quoted, plain] =
    /;\s*boundary\s*=\s*(?:"([^"]*)"|([^;\s"]+))/i.exec(contentType.slice(0, 1024)) ?? []
  const boundary = quoted ?? plain
  return boundary !== undefined && /^[\w'()+,./:=? -]{0,69}[\w'()+,./:=?-]$/.test(boundary)
    ? boundary
    : undefined
}
