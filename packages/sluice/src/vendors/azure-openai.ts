export { azureOpenAI, type AzureOpenAIOptions } from '@sluice/providers/azure-openai'
