import { age, language, say, turnLanguage, when } from "./words.js";

const BUILDING_MS = 5000;
const WALK_MS = 500;
const TROUBLED = new Set(["offline", "stuck", "tamper", "battery_low", "never_seen", "unknown"]);
const by = (id) => document.getElementById(id);
const opened = new Set();
let building = null;
let walking = false;
let walkOver = false;
let timer = null;

function make(tag, text = "", className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

class Refused extends Error {}

async function ask(path, form) {
  const how = form === undefined ? {} : { method: "POST", body: new URLSearchParams(form) };
  const answer = await fetch(path, how);
  if (answer.status === 401) {
    location.assign("/sign-in");
    return undefined;
  }
  if (!answer.ok) throw new Refused(await answer.text());
  return answer.json();
}

function trouble(text) {
  by("trouble").textContent = text;
  by("trouble").hidden = !text;
}

function row(list, name, value, bad = false) {
  list.append(make("dt", name), make("dd", value, bad ? "bad" : ""));
}

function showMachine() {
  const list = by("machine");
  const refused = Object.entries(building.refused).map(([reason, count]) => `${reason} ${count}`);
  const waits = building.oldest_s === null ? "" : say("oldest", { age: age(building.oldest_s) });
  const queued = say("queued", { alerts: building.queued_alerts, routine: building.queued_routine });
  list.replaceChildren();
  row(list, say("name"), building.gateway);
  row(list, say("version"), building.version);
  row(list, say("broker"), say(building.broker), building.broker === "down");
  row(list, say("queue"), queued + waits, building.oldest_s > 600);
  row(list, say("putAside"), String(building.refused_reports), building.refused_reports > 0);
  row(list, say("refused"), refused.join("、") || say("none"));
  row(list, say("skipped"), building.skipped_commands || say("none"), building.skipped_commands > 0);
  row(list, say("unassigned"), building.unassigned.join("、") || say("none"), building.unassigned.length > 0);
  row(list, say("disk"), `${Math.round(building.disk_free_mb).toLocaleString()} MB`, building.disk_free_mb < 500);
}

function heardText(node) {
  if (node.heard_min !== null) return say(`within_${node.heard_min}`);
  return node.heard_at === null ? say("never") : when(node.heard_at);
}

function radioText(node) {
  const parts = [];
  if (node.rssi_dbm !== null) parts.push(`${Math.round(node.rssi_dbm)} dBm`);
  if (node.linkquality !== null) parts.push(say("quality", { n: node.linkquality }));
  return parts.join(" ") || say("unknown");
}

function batteryText(node) {
  const parts = [];
  if (node.battery_pct !== null) parts.push(`${Math.round(node.battery_pct)} %`);
  if (node.battery_v !== null) parts.push(`${node.battery_v.toFixed(2)} V`);
  return parts.join(" ") || say("unknown");
}

function room(node) {
  return language() === "ja" ? node.room_ja : node.room;
}

function nodeOf(node) {
  const made = make("li", "", "node");
  const head = make("p", "", "head");
  head.append(make("strong", room(node)), make("span", node.node, "id"));
  head.append(make("span", say(`node_${node.state}`), `mark ${TROUBLED.has(node.state) ? "bad" : "good"}`));
  if (node.weak) head.append(make("span", say("weak"), "mark warn"));
  const facts = document.createElement("dl");
  row(facts, say("heard"), heardText(node));
  row(facts, say("radio"), radioText(node), node.weak);
  row(facts, say("battery"), batteryText(node), node.state === "battery_low");
  row(facts, say("firmware"), node.firmware || say("unknown"));
  made.append(head, facts);
  return made;
}

function unitState(unit) {
  if (unit.state !== "learning") return say(unit.state);
  return say("learning", { day: unit.learning_day, days: unit.learning_days });
}

function unitOf(unit) {
  const made = make("details", "", "unit");
  const bad = unit.nodes.filter((node) => TROUBLED.has(node.state)).length;
  made.open = opened.has(unit.unit);
  made.addEventListener("toggle", () => (made.open ? opened.add(unit.unit) : opened.delete(unit.unit)));
  const summary = document.createElement("summary");
  const count = say("nodes", { n: unit.nodes.length }) + (bad ? say("troubled", { n: bad }) : "");
  const mark = { in_order: "good", learning: "plain", cannot_watch: "bad" }[unit.state];
  summary.append(make("strong", unit.unit), make("span", unitState(unit), `mark ${mark}`), make("span", count, "id"));
  if (unit.why.length) {
    const why = unit.why.map((one) => say(`why_${one}`));
    summary.append(make("span", why.join(language() === "ja" ? "。" : "; "), "why"));
  }
  made.append(summary);
  const begin = make("button", say("walk"));
  begin.type = "button";
  begin.setAttribute("aria-label", say("beginWalk", { unit: unit.unit }));
  begin.addEventListener("click", () => beginWalk(unit.unit));
  const nodes = make("ul", "", "nodes");
  nodes.append(...unit.nodes.map(nodeOf));
  made.append(begin, nodes);
  return made;
}

function showBuilding() {
  by("building").hidden = false;
  by("walk").hidden = true;
  if (!building) return;
  const order = { cannot_watch: 0, learning: 1, in_order: 2 };
  const units = [...building.units].sort((a, b) => order[a.state] - order[b.state]);
  showMachine();
  const focused = document.activeElement?.closest?.(".unit")?.dataset.unit;
  const kind = document.activeElement?.tagName;
  by("units").replaceChildren(...units.map((unit) => {
    const made = unitOf(unit);
    made.dataset.unit = unit.unit;
    return made;
  }));
  if (!units.length) by("units").append(make("p", say("noUnits")));
  if (focused) by("units").querySelector(`[data-unit="${CSS.escape(focused)}"] ${kind.toLowerCase()}`)?.focus();
}

function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}

function litText(node) {
  if (node.lit_ago_s !== null) return say("lit", { age: age(node.lit_ago_s) });
  return say(`by_${node.lit_by}`);
}

function showWalk(walk) {
  by("building").hidden = true;
  by("walk").hidden = false;
  by("walk-notice").textContent = say("walkNotice");
  by("walk-title").textContent = say("walkOf", { unit: walk.unit });
  by("walk-end").textContent = say("endWalk");
  const able = walk.nodes.filter((node) => node.lit_by !== "nothing");
  const lit = able.filter((node) => node.lit_ago_s !== null);
  by("walk-count").textContent = say("walkCount", { lit: lit.length, all: able.length, left: clock(walk.left_s) });
  const order = (node) => (node.lit_by === "nothing" ? 2 : node.lit_ago_s === null ? 0 : 1);
  const nodes = walk.nodes.map((node, n) => ({ node, n })).sort((a, b) => order(a.node) - order(b.node) || a.n - b.n);
  by("walk-nodes").replaceChildren(...nodes.map(({ node }) => {
    const state = order(node) === 2 ? "mute" : node.lit_ago_s === null ? "dark" : node.lit_ago_s < 3 ? "lit now" : "lit";
    const made = make("li", "", state);
    made.dataset.node = node.node;
    made.append(make("strong", room(node)), make("span", node.node, "id"), make("span", litText(node), "said"));
    return made;
  }));
}

async function beginWalk(unit) {
  walking = true;
  walkOver = false;
  trouble("");
  scrollTo(0, 0);
  await turn(() => ask("/walk", { unit }));
}

async function endWalk() {
  await ask("/walk/end", {});
  walking = false;
  await turn();
}

async function look(asked) {
  if (!walking) {
    const found = await asked();
    if (found === undefined || walking) return;
    building = found;
    showBuilding();
    if (building.stale_s !== null) trouble(say("stale", { age: age(building.stale_s) }));
    else trouble(walkOver ? say("walkOver") : "");
    return;
  }
  const walk = await asked();
  if (walk === undefined || !walking) return;
  if (walk === null || walk.left_s === 0) {
    walking = false;
    walkOver = true;
    await look(() => ask("/building.json"));
    return;
  }
  showWalk(walk);
  trouble("");
}

async function turn(asked = () => ask(walking ? "/walk.json" : "/building.json")) {
  clearTimeout(timer);
  try {
    await look(asked);
  } catch (error) {
    const time = building ? when(building.at) : say("unknown");
    trouble(error instanceof Refused ? error.message : say("cannotReach", { time }));
  }
  clearTimeout(timer);
  timer = setTimeout(turn, walking ? WALK_MS : BUILDING_MS);
}

function showWords() {
  document.documentElement.lang = language();
  document.title = say("title");
  by("gateway").textContent = say("title");
  by("language").textContent = say("other");
  by("sign-out").textContent = say("signOut");
  by("machine-title").textContent = say("machine");
  by("units-title").textContent = say("units");
}

by("language").addEventListener("click", () => {
  turnLanguage();
  showWords();
  turn();
});
by("walk-end").addEventListener("click", endWalk);
showWords();
turn();
