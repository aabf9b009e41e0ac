export * from './fault-vendor/fault-vendor.ts'
