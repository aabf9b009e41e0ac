/**
 * Words that mean something alike, in lower case and singular, so that a text is near another that
 * says the same in other words or another language.
 */
const GROUPS: readonly string[] = [
  'cat kitten kitty feline meow 猫 小猫',
  'dog puppy hound canine bark 狗 小狗 犬',
  'animal pet creature wildlife cat kitten dog puppy horse bird rabbit 动物 宠物 猫 狗 马 鸟',
  'fruit apple banana orange pear grape mango 水果 苹果 香蕉 橙子',
  'food eat meal dish recipe cook cooking kitchen bread soup cheese pizza pasta delicious tasty dinner lunch breakfast 食物 吃 菜 做饭 美味 晚餐',
  'drink coffee tea water juice beer wine 喝 咖啡 茶 水 酒',
  'weather rain rainy sun sunny snow storm cloud cloudy wind forecast temperature climate 天气 下雨 晴 雪 气温',
  'car automobile vehicle truck bus drive driving engine road 汽车 车 卡车 驾驶',
  'travel trip journey flight plane airplane airport train hotel vacation tourist 旅行 旅游 飞机 机场 火车 酒店',
  'money finance financial stock market bank investment invest price economy economic cost pay trading profit 钱 金融 股票 市场 银行 投资 经济',
  'computer software code program programming developer javascript typescript python algorithm bug compiler 电脑 软件 代码 编程 程序 算法',
  'internet web website online server network api http browser 网络 网站 服务器',
  'ai model neural learning llm intelligence embedding 人工智能 模型 学习 神经网络',
  'king queen royal prince princess throne monarch crown 国王 王后 女王 王子',
  'man boy male father son husband 男人 男孩 父亲',
  'woman girl female mother daughter wife 女人 女孩 母亲',
  'family parent child kid baby mother father son daughter 家庭 孩子 父母 家人',
  'happy glad joy joyful cheerful delighted pleased smile 高兴 快乐 开心',
  'sad unhappy sorrow gloomy miserable cry tear 悲伤 难过 伤心',
  'love adore like enjoy fond favorite favourite 爱 喜欢',
  'hate dislike detest angry anger furious 讨厌 恨 生气',
  'good great excellent wonderful fantastic amazing nice best 好 优秀 很棒',
  'bad terrible awful horrible poor worst 坏 糟糕 差',
  'big large huge giant enormous 大 巨大',
  'small little tiny mini 小',
  'fast quick rapid speed swift 快 迅速 速度',
  'health doctor hospital medicine medical disease illness patient nurse sick drug 健康 医生 医院 药 疾病 病人',
  'sport football soccer basketball tennis game team player match goal 运动 足球 篮球 比赛 球队',
  'music song sing guitar piano melody concert band 音乐 歌 唱歌 钢琴 吉他',
  'movie film cinema actor actress director 电影 演员 导演',
  'book read reading novel author writer story library 书 阅读 小说 作者 图书馆',
  'school student teacher education class university study lesson 学校 学生 老师 教育 大学',
  'science physics chemistry biology scientist quantum experiment 科学 物理 化学 量子 实验',
  'math mathematics equation number algebra geometry calculus 数学 方程 数字',
  'space planet star galaxy moon rocket astronaut universe 太空 行星 星星 月亮 火箭 宇宙',
  'house home building apartment room door window 房子 家 房间 建筑',
  'city town capital urban street paris london berlin tokyo beijing shanghai 城市 首都 街道 巴黎 伦敦 北京 上海',
  'country nation state government france germany china japan america 国家 政府 法国 德国 中国 日本 美国',
  'sea ocean beach river lake fish swim boat ship 海 海洋 河 湖 鱼 游泳 船',
  'plant tree flower garden forest leaf grass 植物 树 花 花园 森林',
  'law legal court judge lawyer crime police contract 法律 法院 律师 警察 合同',
  'password login account authentication security sign key 密码 登录 账户 安全',
  'refund return order shipping delivery purchase buy shop store 退款 退货 订单 购买 商店',
  'time clock hour minute today tomorrow yesterday date 时间 小时 今天 明天 昨天',
  'work job office employee career boss company business 工作 公司 办公室 员工',
  'sit sat sitting rest seat chair 坐 椅子',
  'sleep sleeping nap bed tired dream 睡 睡觉 床 梦',
  'run running jog walk walking hike 跑 跑步 走',
  'hello hi greeting welcome 你好 您好',
]

/** Which groups a word belongs to, by number. */
export const concepts: ReadonlyMap<string, readonly number[]> = collect()

function collect(): Map<string, number[]> {
  const found = new Map<string, number[]>()
  for (const [group, words] of GROUPS.entries()) {
    for (const word of words.split(' ')) found.set(word, [...(found.get(word) ?? []), group])
  }
  return found
}
