/** The API that a client speaks: whose paths, errors and events it knows. */
export type Dialect = 'openai' | 'anthropic' | 'gemini'
