// The versions that hosts still run, under names of their own (npm aliases in package.json).
declare module 'compression-1.7' {
  export { default } from 'compression'
}

declare module 'express-session-1.17' {
  export { default } from 'express-session'
}

declare module 'morgan-1.10' {
  export { default } from 'morgan'
}
