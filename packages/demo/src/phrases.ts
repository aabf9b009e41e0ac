import type { Language } from './detect-language.ts'

/** What the demo can say in one language. `{…}` is filled in. */
export interface Phrases {
  /** `{quote}`: what was asked. Several ways of saying the same, for several choices and seeds. */
  readonly answers: readonly [string, string, string]
  /** Where nothing was asked. */
  readonly hello: string
  /** `{quote}`: what was asked before. */
  readonly earlier: string
  /** `{count}`: images, sounds and files. */
  readonly attachments: string
  /** `{name}`, `{quote}`: a tool and its result. */
  readonly toolResult: string
  /** What follows such results. */
  readonly relay: string
  /** What the larger model adds. */
  readonly more: string
  /** Steps of its thinking; `{quote}`: what was asked. */
  readonly thoughts: readonly [string, string, string]
  /** Between sentences. */
  readonly space: string
}

/** The demo's sentences by language. Each answer tells that no model stands behind it. */
export const phrases: Readonly<Record<Language, Phrases>> = {
  en: {
    answers: [
      'You said “{quote}”, and this is the built-in demo model answering: it runs offline and always says the same, so connect a vendor when you need a real answer.',
      'This is the built-in demo model, answering offline. To “{quote}” it can only say that a connected vendor would give you a real answer here.',
      '“{quote}” has reached me, so everything between us works; but I am only the built-in demo, and no model has thought about it.',
    ],
    hello: 'Hello! I am the built-in demo model. I run offline and answer whatever you send me.',
    earlier: 'Before that you said “{quote}”.',
    attachments: 'Attachments received: {count}; the demo does not look into them.',
    toolResult: 'The tool {name} answered: {quote}.',
    relay: 'I am the built-in demo model, so I pass that on as it is.',
    more: 'I can also call the tools you supply when you name them, fill in a JSON schema, show some reasoning when you ask for effort, and turn texts into embeddings.',
    thoughts: [
      'The user says “{quote}”.',
      'As the demo I have no knowledge to answer from.',
      'So I repeat the message and say what I am.',
    ],
    space: ' ',
  },
  zh: {
    answers: [
      '你说的是：“{quote}”。我是内置的演示模型，离线运行，每次的回答都一样；需要真正的回答时，请接入一家供应商。',
      '这是内置演示模型的离线回答。你的消息是：“{quote}”。接入供应商之后，这里就会是真正的回答。',
      '我收到的内容是：“{quote}”。整条链路都是通的，但我只是内置的演示，没有模型思考过这个问题。',
    ],
    hello: '你好！我是内置的演示模型，离线运行，你发来什么我都会回答。',
    earlier: '在此之前，你说过：“{quote}”。',
    attachments: '收到的附件数：{count}；演示模型不会查看其内容。',
    toolResult: '工具 {name} 的返回是：{quote}。',
    relay: '我是内置的演示模型，所以原样转述。',
    more: '我还可以在你点名时调用你提供的工具，按 JSON Schema 填写内容，在你设置推理强度时给出思考过程，并把文本转成向量。',
    thoughts: [
      '用户说的是：“{quote}”。',
      '作为演示模型，我没有可以用来回答的知识。',
      '所以我复述这条消息，并说明自己是什么。',
    ],
    space: '',
  },
  ja: {
    answers: [
      'あなたのメッセージは「{quote}」です。私は内蔵のデモモデルで、オフラインで動き、いつも同じ答えを返します。本物の答えが必要なときはベンダーを接続してください。',
      'これは内蔵デモモデルのオフラインの答えです。届いたメッセージは「{quote}」です。ベンダーを接続すると、ここに本物の答えが入ります。',
      '受け取った内容は「{quote}」です。経路はすべて動いていますが、私は内蔵のデモにすぎず、どのモデルも考えていません。',
    ],
    hello: 'こんにちは！内蔵のデモモデルです。オフラインで動き、何を送っても答えます。',
    earlier: 'その前のメッセージは「{quote}」でした。',
    attachments: '受け取った添付ファイルの数：{count}。デモは中身を見ません。',
    toolResult: 'ツール {name} の結果：{quote}。',
    relay: '私は内蔵のデモモデルなので、そのままお伝えします。',
    more: '名前を挙げてもらえば渡されたツールを呼び出し、JSON スキーマを埋め、推論の強さを指定すれば考えを示し、テキストを埋め込みベクトルに変えることもできます。',
    thoughts: [
      'ユーザーのメッセージは「{quote}」です。',
      'デモなので、答えるための知識はありません。',
      'そこでメッセージを繰り返し、自分が何かを伝えます。',
    ],
    space: '',
  },
  ko: {
    answers: [
      '보내신 메시지는 “{quote}”입니다. 저는 내장 데모 모델로, 오프라인에서 동작하며 항상 같은 답을 드립니다. 실제 답변이 필요하면 공급자를 연결하세요.',
      '내장 데모 모델의 오프라인 답변입니다. 메시지는 “{quote}”였습니다. 공급자를 연결하면 이 자리에 실제 답변이 나옵니다.',
      '받은 내용은 “{quote}”입니다. 모든 경로가 동작하지만 저는 내장 데모일 뿐이며, 어떤 모델도 이를 생각하지 않았습니다.',
    ],
    hello: '안녕하세요! 내장 데모 모델입니다. 오프라인에서 동작하며 무엇을 보내셔도 답합니다.',
    earlier: '그전에 보내신 메시지는 “{quote}”입니다.',
    attachments: '받은 첨부 파일 수: {count}. 데모는 내용을 보지 않습니다.',
    toolResult: '도구 {name}의 결과: {quote}.',
    relay: '저는 내장 데모 모델이라 그대로 전해 드립니다.',
    more: '이름을 말씀하시면 제공된 도구를 호출하고, JSON 스키마를 채우고, 추론 강도를 지정하면 생각을 보여 드리고, 텍스트를 임베딩으로 바꿀 수도 있습니다.',
    thoughts: [
      '사용자의 메시지는 “{quote}”입니다.',
      '데모이므로 답할 지식이 없습니다.',
      '그래서 메시지를 되풀이하고 제가 무엇인지 말합니다.',
    ],
    space: ' ',
  },
  de: {
    answers: [
      'Du hast „{quote}“ geschrieben, und hier antwortet das eingebaute Demo-Modell: Es läuft offline und sagt immer dasselbe; für echte Antworten verbinde einen Anbieter.',
      'Hier antwortet offline das eingebaute Demo-Modell. Auf „{quote}“ kann es nur sagen, dass ein verbundener Anbieter hier eine echte Antwort gäbe.',
      '„{quote}“ ist angekommen, also funktioniert alles zwischen uns; aber ich bin nur die eingebaute Demo, und kein Modell hat darüber nachgedacht.',
    ],
    hello:
      'Hallo! Ich bin das eingebaute Demo-Modell. Ich laufe offline und antworte auf alles, was du schickst.',
    earlier: 'Davor hast du „{quote}“ geschrieben.',
    attachments: 'Erhaltene Anhänge: {count}; die Demo sieht nicht hinein.',
    toolResult: 'Das Werkzeug {name} hat geantwortet: {quote}.',
    relay: 'Ich bin das eingebaute Demo-Modell und gebe das so weiter, wie es ist.',
    more: 'Ich kann auch mitgegebene Werkzeuge aufrufen, wenn du sie nennst, ein JSON-Schema ausfüllen, bei gewünschtem Aufwand Gedanken zeigen und Texte in Vektoren verwandeln.',
    thoughts: [
      'Die Nachricht lautet „{quote}“.',
      'Als Demo habe ich kein Wissen, aus dem ich antworten könnte.',
      'Also wiederhole ich die Nachricht und sage, was ich bin.',
    ],
    space: ' ',
  },
  fr: {
    answers: [
      'Vous avez écrit « {quote} », et c’est le modèle de démonstration intégré qui répond : il fonctionne hors ligne et dit toujours la même chose ; connectez un fournisseur pour une vraie réponse.',
      'Ici répond hors ligne le modèle de démonstration intégré. À « {quote} », il peut seulement dire qu’un fournisseur connecté donnerait ici une vraie réponse.',
      '« {quote} » m’est parvenu, donc tout fonctionne entre nous ; mais je ne suis que la démonstration intégrée, et aucun modèle n’y a réfléchi.',
    ],
    hello:
      'Bonjour ! Je suis le modèle de démonstration intégré. Je fonctionne hors ligne et réponds à tout ce que vous envoyez.',
    earlier: 'Avant cela, vous avez écrit « {quote} ».',
    attachments: 'Pièces jointes reçues : {count} ; la démonstration ne les lit pas.',
    toolResult: 'L’outil {name} a répondu : {quote}.',
    relay: 'Je suis le modèle de démonstration intégré et je le transmets tel quel.',
    more: 'Je peux aussi appeler les outils fournis quand vous les nommez, remplir un schéma JSON, montrer un raisonnement quand vous demandez un effort, et changer des textes en vecteurs.',
    thoughts: [
      'Le message est « {quote} ».',
      'Comme démonstration, je n’ai pas de connaissances pour y répondre.',
      'Je répète donc le message et je dis ce que je suis.',
    ],
    space: ' ',
  },
  es: {
    answers: [
      'Has escrito «{quote}», y responde el modelo de demostración incorporado: funciona sin conexión y siempre dice lo mismo; conecta un proveedor para tener una respuesta real.',
      'Aquí responde sin conexión el modelo de demostración incorporado. A «{quote}» solo puede decir que un proveedor conectado daría aquí una respuesta real.',
      '«{quote}» me ha llegado, así que todo funciona entre nosotros; pero solo soy la demostración incorporada y ningún modelo lo ha pensado.',
    ],
    hello:
      '¡Hola! Soy el modelo de demostración incorporado. Funciono sin conexión y respondo a todo lo que envíes.',
    earlier: 'Antes de eso escribiste «{quote}».',
    attachments: 'Adjuntos recibidos: {count}; la demostración no los mira.',
    toolResult: 'La herramienta {name} respondió: {quote}.',
    relay: 'Soy el modelo de demostración incorporado y lo transmito tal cual.',
    more: 'También puedo llamar a las herramientas que aportes cuando las nombres, rellenar un esquema JSON, mostrar un razonamiento cuando pidas esfuerzo y convertir textos en vectores.',
    thoughts: [
      'El mensaje es «{quote}».',
      'Como demostración no tengo conocimientos con los que responder.',
      'Así que repito el mensaje y digo lo que soy.',
    ],
    space: ' ',
  },
  ru: {
    answers: [
      'Вы написали «{quote}», и отвечает встроенная демонстрационная модель: она работает без сети и всегда говорит одно и то же; для настоящего ответа подключите поставщика.',
      'Здесь без сети отвечает встроенная демонстрационная модель. На «{quote}» она может сказать лишь, что подключённый поставщик дал бы здесь настоящий ответ.',
      '«{quote}» до меня дошло, значит, всё между нами работает; но я лишь встроенная демонстрация, и ни одна модель над этим не думала.',
    ],
    hello:
      'Здравствуйте! Я встроенная демонстрационная модель. Я работаю без сети и отвечаю на всё, что вы пришлёте.',
    earlier: 'До этого вы написали «{quote}».',
    attachments: 'Получено вложений: {count}; демонстрация в них не заглядывает.',
    toolResult: 'Инструмент {name} ответил: {quote}.',
    relay: 'Я встроенная демонстрационная модель и передаю это как есть.',
    more: 'Ещё я могу вызывать переданные инструменты, когда вы их называете, заполнять схему JSON, показывать рассуждение, если задать его глубину, и превращать тексты в векторы.',
    thoughts: [
      'Сообщение: «{quote}».',
      'Как у демонстрации, у меня нет знаний для ответа.',
      'Поэтому я повторяю сообщение и говорю, кто я.',
    ],
    space: ' ',
  },
}
