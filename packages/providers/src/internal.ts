/**
 * What a provider in a package of its own needs of this one. It follows no semantic versioning: a
 * release may change it without a word.
 */
export { completionsOverChat } from './emulation/completions-over-chat.ts'
export { emulatedGenerateContent } from './emulation/generate-content/emulated-generate-content.ts'
export { estimateContentTokens } from './emulation/generate-content/estimate-content-tokens.ts'
export { emulatedMessages } from './emulation/messages/emulated-messages.ts'
export { estimateMessageTokens } from './emulation/messages/estimate-message-tokens.ts'
export { estimateResponseTokens } from './emulation/responses/estimate-response-tokens.ts'
export { emulatedResponses } from './emulation/responses/emulated-responses.ts'
export { tokenUsage } from './response/formats/token-usage.ts'
export { transcriptForm } from './response/formats/transcript-text.ts'
export { formatDataUrl } from './vendor-spec/data-url.ts'
export { encodeVector } from './vendor-spec/decode-embeddings.ts'
export { isObject, type Json } from './vendor-spec/json.ts'
