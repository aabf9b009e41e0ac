// oxlint-disable-next-line import/no-default-export
export default function Home() {
  return 'the app of the host'
}
