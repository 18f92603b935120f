// What the person at the screen has said: kept for each document, in the browser, with a way back.
//
// A document's corrections are plain JSON:
//   done     true or false once somebody has said so
//   items    by pointer: {verdict: right | wrong | absent, value: {kind, value}, marks: [{page, box}]}
//   added    by pointer of a list: how many entries were added to it
//   removed  by pointer of an entry: true

const STORE = "vextract-review:";
const VERDICTS = new Set(["right", "wrong", "absent"]);
const KINDS = new Set(["text", "number", "boolean", "null"]);
const JSON_NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const UNDO_DEPTH = 500;

const corrections = new Map();
const undone = [];
const redone = [];
const changeListeners = [];
let kept = true;
let unkept = false;

const plain = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** Whether the browser lets this page keep anything; pages opened from disk may be refused. */
function canKeep() {
  try {
    localStorage.setItem(`${STORE}test`, "1");
    localStorage.removeItem(`${STORE}test`);
    return true;
  } catch {
    return false;
  }
}

/** A setting of the person's, such as the theme; null where none is kept. */
function setting(name) {
  try {
    return localStorage.getItem(`${STORE}setting:${name}`);
  } catch {
    return null;
  }
}

function keepSetting(name, value) {
  try {
    localStorage.setItem(`${STORE}setting:${name}`, value);
  } catch {
    // It holds until the page is closed.
  }
}

const isNumberText = (text) => JSON_NUMBER.test(text) && Number.isFinite(Number(text));

function soundValue(given) {
  if (!plain(given) || !KINDS.has(given.kind)) return undefined;
  const { kind, value } = given;
  if (kind === "null") return { kind, value: null };
  if (kind === "boolean") return typeof value === "boolean" ? { kind, value } : undefined;
  if (typeof value !== "string") return undefined;
  return kind === "text" || isNumberText(value) ? { kind, value } : undefined;
}

function soundBox(box) {
  const good = Array.isArray(box) && box.length === 4 && box.every((x) => typeof x === "number" && x >= 0 && x <= 1);
  return good && box[0] < box[2] && box[1] < box[3];
}

/** What can be understood of stored or imported corrections: they may be of another version, or anybody's. */
function sound(given) {
  const state = { items: {}, added: {}, removed: {} };
  if (!plain(given)) return state;
  if (typeof given.done === "boolean") state.done = given.done;
  for (const [pointer, entry] of Object.entries(plain(given.items) ? given.items : {})) {
    if (!plain(entry)) continue;
    const one = {};
    if (VERDICTS.has(entry.verdict)) one.verdict = entry.verdict;
    const value = soundValue(entry.value);
    if (value) one.value = value;
    if (Array.isArray(entry.marks)) {
      one.marks = entry.marks.filter((mark) => plain(mark) && Number.isInteger(mark.page) && soundBox(mark.box));
    }
    if (Object.keys(one).length) state.items[pointer] = one;
  }
  for (const [pointer, times] of Object.entries(plain(given.added) ? given.added : {})) {
    if (Number.isInteger(times) && times > 0 && times <= 1000) state.added[pointer] = times;
  }
  for (const pointer of Object.keys(plain(given.removed) ? given.removed : {})) state.removed[pointer] = true;
  return state;
}

/** What was said about a document; read it, change it by `change` alone. */
function correctionsOf(doc) {
  if (!corrections.has(doc.at)) {
    let stored = null;
    try {
      stored = JSON.parse(localStorage.getItem(STORE + doc.key));
    } catch {
      // Nothing that can be read is kept.
    }
    corrections.set(doc.at, sound(stored));
  }
  return corrections.get(doc.at);
}

const isTouched = (state) =>
  state.done !== undefined || [state.items, state.added, state.removed].some((part) => Object.keys(part).length > 0);

function keep(doc) {
  const state = corrections.get(doc.at);
  try {
    if (isTouched(state)) localStorage.setItem(STORE + doc.key, JSON.stringify(state));
    else localStorage.removeItem(STORE + doc.key);
  } catch {
    if (kept) warn("This browser does not keep your progress (no storage, or it is full). Export before you close the page.");
    kept = false;
  }
  unkept ||= !kept;
}

function replaceCorrections(doc, state) {
  corrections.set(doc.at, state);
  keep(doc);
  changeListeners.forEach((listener) => listener(doc));
}

/** Changes what is said about a document, so that it can be undone. `edit` gets the corrections and changes them. */
function change(doc, words, edit) {
  const before = JSON.stringify(correctionsOf(doc));
  const state = JSON.parse(before);
  edit(state);
  if (JSON.stringify(state) === before) return;
  undone.push({ at: doc.at, state: before, words });
  if (undone.length > UNDO_DEPTH) undone.shift();
  redone.length = 0;
  replaceCorrections(doc, state);
}

/** Changes what is said about one item; parts that come out undefined are taken away. */
function changeItem(doc, item, words, edit) {
  change(doc, words, (state) => {
    const entry = state.items[item.pointer] ?? {};
    edit(entry);
    const rest = Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined));
    if (Object.keys(rest).length) state.items[item.pointer] = rest;
    else delete state.items[item.pointer];
  });
}

function goBack(from, to, word) {
  const step = from.pop();
  if (!step) return null;
  const doc = documentAt(step.at);
  to.push({ ...step, state: JSON.stringify(correctionsOf(doc)) });
  replaceCorrections(doc, JSON.parse(step.state));
  tell(`${word}: ${step.words}`);
  return doc;
}

const undo = () => goBack(undone, redone, "Undone");
const redo = () => goBack(redone, undone, "Done again");
