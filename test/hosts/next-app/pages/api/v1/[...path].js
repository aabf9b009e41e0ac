// What an app with Next.js writes: the mount answers, so Next need not wait for the function.
export const config = { api: { externalResolver: true } }

// Next looks for the route in the default export.
// oxlint-disable-next-line import/no-default-export
export default function relay(req, res) {
  globalThis.relayOfTheTest(req, res)
}
