// Every word of the window, in Japanese and English.
const WORDS = {
  title: ["ゲートウェイの点検", "Gateway check"],
  other: ["English", "日本語"],
  signOut: ["終了", "Sign out"],
  machine: ["ゲートウェイ", "Gateway"],
  units: ["住戸とセンサー", "Units and sensors"],
  noUnits: ["住戸がまだ設定されていません。", "No unit is configured yet."],
  name: ["名前", "Name"],
  version: ["バージョン", "Version"],
  broker: ["ブローカー", "Broker"],
  queue: ["送信待ち", "To be sent"],
  queued: ["通報 {alerts}件、その他 {routine}件", "{alerts} alerts, {routine} other reports"],
  oldest: ["(最も古いものは{age}前)", " (the oldest waits {age})"],
  refused: ["受け取れなかったもの", "Refused"],
  putAside: ["サーバーが断った報告", "Reports the backend refused"],
  skipped: ["実行できなかった指示", "Commands that could not be done"],
  unassigned: ["どの住戸にもないセンサー", "Sensors that hang in no unit"],
  disk: ["空き容量", "Disk free"],
  none: ["なし", "none"],
  ok: ["正常", "OK"],
  down: ["切断", "down"],
  unknown: ["不明", "unknown"],
  stale: [
    "ゲートウェイが{age}前から記録していません。下の表示は古い可能性があります。",
    "The gateway has committed nothing for {age}. What follows may be old.",
  ],
  neverRan: ["ゲートウェイはまだ一度も記録していません。", "The gateway has never committed anything."],
  cannotReach: ["ゲートウェイに届きません。表示は{time}のものです。", "The gateway cannot be reached. This is as of {time}."],
  in_order: ["正常", "In order"],
  learning: ["学習中 {day}/{days}日目", "Learning, day {day} of {days}"],
  cannot_watch: ["見守り不能", "Cannot be watched"],
  why_no_sensor: ["生活反応を検知するセンサーがありません", "it has no sensor that signs of life come from"],
  why_never_seen: ["まだ一度も届いていないセンサーがあります", "sensors were never heard"],
  why_offline: ["センサーと通信できません", "sensors cannot be heard"],
  why_stuck: ["センサーが反応し続けています", "sensors never stop reporting"],
  why_unknown: ["理由は不明です", "why is unknown"],
  nodes: ["センサー {n}個", "sensors: {n}"],
  troubled: ["、問題 {n}個", ", in trouble: {n}"],
  node_ok: ["正常", "OK"],
  node_offline: ["通信なし", "Not heard"],
  node_stuck: ["反応し続け", "Stuck"],
  node_battery_low: ["電池が少ない", "Battery low"],
  node_tamper: ["開けられた・外された", "Opened or taken down"],
  node_never_seen: ["未受信", "Never heard"],
  node_unknown: ["不明", "Unknown"],
  weak: ["電波が弱い", "Weak radio"],
  heard: ["最終受信", "Last heard"],
  within_15: ["15分以内", "within 15 min"],
  within_60: ["1時間以内", "within 1 h"],
  within_240: ["4時間以内", "within 4 h"],
  never: ["なし", "never"],
  radio: ["電波", "Radio"],
  battery: ["電池", "Battery"],
  firmware: ["ファームウェア", "Firmware"],
  quality: ["LQI {n}/255", "LQI {n}/255"],
  walk: ["歩行テスト", "Walk test"],
  walkOf: ["歩行テスト：{unit}", "Walk test: {unit}"],
  beginWalk: ["{unit}の歩行テストを始める", "Begin the walk test of {unit}"],
  endWalk: ["歩行テストを終える", "End the walk test"],
  walkNotice: [
    "これは歩行テストです。通報はそのまま働いています。緊急ボタンを押すと本当に通報されます。" +
      "訪問が登録されていなければ、歩いた反応は入居者の生活反応として数えられます。",
    "This is a walk test. Alarms go on: pressing an emergency button calls people out. " +
      "Unless a visit is announced, what you set off counts as the resident's sign of life.",
  ],
  walkCount: ["{lit} / {all} 点灯、残り{left}", "{lit} of {all} lit, {left} left"],
  walkOver: ["歩行テストは終わりました(15分まで)。", "The walk test is over (15 min at most)."],
  lit: ["点灯 {age}前", "Lit {age} ago"],
  by_walk: ["前を歩いてください", "Walk past it"],
  by_door: ["開け閉めしてください", "Open and close it"],
  by_water: ["水を流してください", "Let water run"],
  by_press: ["ボタン(押すと本当に働きます)", "A button: a press is real"],
  by_nothing: ["歩いても反応しない種類です", "Of a kind that does not sense people"],
  seconds: ["{n}秒", "{n} s"],
  minutes: ["{n}分", "{n} min"],
  hours: ["{n}時間", "{n} h"],
};

const kept = () => { try { return localStorage.getItem("language"); } catch { return null; } };
let english = (kept() ?? (navigator.language.startsWith("ja") ? "ja" : "en")) === "en";

export const language = () => (english ? "en" : "ja");

export function turnLanguage() {
  english = !english;
  try { localStorage.setItem("language", language()); } catch { /* a browser that keeps nothing asks again */ }
}

export function say(word, values = {}) {
  const found = WORDS[word]?.[english ? 1 : 0] ?? word;
  return found.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export function age(seconds) {
  if (seconds < 60) return say("seconds", { n: Math.floor(seconds) });
  if (seconds < 5400) return say("minutes", { n: Math.round(seconds / 60) });
  return say("hours", { n: Math.round(seconds / 3600) });
}

export const when = (at) =>
  new Date(at * 1000).toLocaleString(english ? "en-GB" : "ja-JP", { dateStyle: "short", timeStyle: "short" });
