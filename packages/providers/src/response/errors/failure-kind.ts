import type { VendorError } from './vendor-error.ts'

/** What a failure is about, beyond its status. */
export type FailureKind =
  | 'key'
  | 'region'
  | 'quota'
  | 'rate'
  | 'model'
  | 'context'
  | 'overloaded'
  | 'timeout'

/** Words of vendors for a kind, in lower case and without anything between the letters. */
const WORDS: ReadonlyMap<string, FailureKind> = new Map(
  Object.entries({
    key:
      'invalidapikey incorrectapikey invalidkey apikeyinvalid apikeyexpired apikeynotfound missingapikey unauthenticated ' +
      'unauthorized authenticationerror autherror authenticationfailed autherrorinvalidkey invalidauthenticationerror ' +
      'incorrectapikeyerror invalidtoken tokenexpired expiredtoken accesstokenexpired accountdeactivated ' +
      'accountsuspended accessterminatederror consumersuspended apikeyserviceblocked servicedisabled ' +
      'apikeyipaddressblocked apikeyhttprefererblocked permissiondeniederror modelaccessdenied',
    region:
      'unsupportedcountryregionterritory unsupportedregion regionnotsupported regionblocked locationnotsupported',
    quota:
      'insufficientquota insufficientbalance insufficientuserquota insufficientcredits insufficientfunds ' +
      'exceededcurrentquotaerror exceededcurrentquota quotaexhausted billingerror billinghardlimitreached ' +
      'billingnotactive arrearage accountarrearage accountoverdue accountoverdueerror paymentrequired ' +
      'prepaidbilloverdue postpaidbilloverdue commoditynotpurchased allocationquotafreetieronly outofcredits ' +
      'creditsexhausted creditbalancetoolow balanceinsufficient notenoughcredits',
    rate:
      'ratelimiterror ratelimitexceeded ratelimit ratelimited ratelimitreached ratelimitreachederror ' +
      'ratelimitexceedederror toomanyrequests toomanyrequestserror resourceexhausted throttling ' +
      'throttlingratequota throttlingburstrate throttlingallocationquota throttlingexception limitrequests ' +
      'limitburstrate requestlimitexceeded concurrencylimitexceeded',
    model:
      'modelnotfound modelnotexist modelnotexists modelnotfounderror invalidmodel nosuchmodel unknownmodel ' +
      'modelnotavailable invalidmodelname deploymentnotfound',
    context:
      'contextlengthexceeded contextlengthexceedederror contextwindowexceeded contextwindowexceedederror ' +
      'exceedcontextsizeerror contexttoolong prompttoolong inputtoolong stringabovemaxlength',
    overloaded:
      'overloaded overloadederror engineoverloaded engineoverloadederror serviceunavailable unavailable ' +
      'serviceunavailableerror serveroverloaded systembusy modeloverloaded serviceoverloaded slowdown',
    timeout: 'timeout timeouterror requesttimeout gatewaytimeout deadlineexceeded',
  } satisfies Record<FailureKind, string>).flatMap(([kind, words]) =>
    words.split(' ').map((word): [string, FailureKind] => [word, kind as FailureKind]),
  ),
)

/**
 * Phrases of vendors that have no word for a kind. Of two that are parted by `…` the second stands
 * behind the first.
 */
const PHRASES: readonly (readonly [FailureKind, readonly string[]])[] = [
  [
    'quota',
    [
      'credit balance is too low',
      'insufficient balance',
      'insufficient quota',
      'insufficient credit',
      'insufficient fund',
      'insufficient account balance',
      'balance is insufficient',
      'balance not enough',
      'exceeded your current quota',
      'exceeded current quota',
      'not enough credit',
      'out of credit',
      'no credits',
      'any credits',
      'more credits',
      'used all available credits',
      'spending limit',
      'api usage limits',
      'billing hard limit',
      'billing is not active',
      'account is in good standing',
      'overdue payment',
      'free tier of the model has been exhausted',
      'free quota … exhausted',
      'payment required',
      '余额不足',
      '余额已用尽',
      '额度不足',
      '额度已用尽',
      '额度已用完',
      '配额不足',
      '欠费',
    ],
  ],
  [
    'key',
    [
      'invalid api key',
      'invalid apikey',
      'incorrect api key',
      'wrong api key',
      'api key not valid',
      'api key is not valid',
      'api key is invalid',
      'api key invalid',
      'api key not found',
      'api key expired',
      'api key has expired',
      'api key is expired',
      'api key is missing',
      'api key is disabled',
      'api key has been',
      'api key was reported',
      'api key provided is',
      'valid api key',
      'no api key',
      'missing api key',
      'authentication fail',
      'invalid authentication',
      'authentication error',
      'invalid x api key',
      'invalid bearer token',
      'login fail',
      'api secret key',
      'organization has been disabled',
      'account has been deactivated',
      '无效的令牌',
      '无效的api',
      '令牌无效',
      '令牌已过期',
      '密钥无效',
      '身份验证失败',
      '鉴权失败',
    ],
  ],
  [
    'region',
    [
      'location is not supported',
      'country, region, or territory',
      'not available in your country',
      'not available in your region',
      'unsupported region',
      'not supported in your region',
    ],
  ],
  [
    'context',
    [
      'prompt is too long',
      'prompt too long',
      'context length',
      'context window',
      'maximum context',
      'maximum prompt length',
      'exceeded model token limit',
      'exceeds the available context size',
      'input token count … exceeds',
      'range of input length should be',
      'input is too long',
      'reduce the length of the messages',
      '上下文长度',
      '超出最大长度',
    ],
  ],
  [
    'model',
    [
      'model not exist',
      'model not found',
      'model does not exist',
      'no such model',
      'unknown model',
      'invalid model name',
      'invalid model:',
      'the model … does not exist',
      'model … is not found for api version',
      'model … not found, try pulling it',
      'is not a valid model id',
      '模型不存在',
    ],
  ],
  [
    'rate',
    [
      'rate limit',
      'too many requests',
      'too many concurrent',
      'requests per minute',
      'tokens per minute',
      'throttled',
      '请求过于频繁',
      '请求频率',
      '速率限制',
      '限流',
    ],
  ],
  [
    'overloaded',
    [
      'overloaded',
      'server is busy',
      'service is busy',
      'system is busy',
      'service is too busy',
      'at capacity',
      'temporarily unavailable',
      '负载',
      '服务繁忙',
      '系统繁忙',
    ],
  ],
]

/** What a failure is about stands at the beginning of what is said about it. */
const MAX_LOOKED_AT = 2000

/**
 * The kind of failure that a vendor's words mean, whatever the status beside them; `undefined`
 * where they mean none. Words in a code or a type go before phrases in a message.
 */
export function failureKind(said: VendorError | undefined): FailureKind | undefined {
  if (said === undefined) return undefined
  for (const word of [said.code, said.type, ...said.reasons]) {
    if (word === undefined) continue
    const kind = WORDS.get(lettersOf(word))
    if (kind !== undefined) return kind
  }
  // A param that is named means that the request is at fault, whatever its name reminds of.
  if (said.message === undefined) return undefined
  const text = said.message
    .slice(0, MAX_LOOKED_AT)
    .toLowerCase()
    .replace(/[-_\s]+/g, ' ')
  const found = PHRASES.find(([, phrases]) => phrases.some((phrase) => holds(text, phrase)))?.[0]
  return said.param !== undefined && found !== 'context' && found !== 'model' ? undefined : found
}

function lettersOf(word: string): string {
  return word.toLowerCase().replace(/[^a-z0-9]/g, '')
}

function holds(text: string, phrase: string): boolean {
  const [first, second] = phrase.split(' … ')
  const at = text.indexOf(first!)
  return at >= 0 && (second === undefined || text.indexOf(second, at) >= 0)
}
