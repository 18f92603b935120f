// What holds for an item now: the record's word, or the person's over it.

const MATCHES = {
  exact: { sign: "=", words: "exact", told: "printed exactly so" },
  normalized: { sign: "≃", words: "normalized", told: "printed in another writing of the same value" },
  fuzzy: { sign: "≈", words: "fuzzy", told: "something like it is printed" },
  ambiguous: { sign: "?", words: "ambiguous", told: "printed more than once" },
  none: { sign: "∅", words: "not found", told: "looked for and not found on the page" },
  unplaced: { sign: "–", words: "no evidence", told: "nothing says where it stands" },
  empty: { sign: "·", words: "empty", told: "no value" },
  placed: { sign: "◆", words: "your box", told: "you said where it stands" },
  found: { sign: "◇", words: "detected", told: "" },
};
// From the least to the most certain; an item is as certain as its least certain place.
const WORST_FIRST = ["none", "ambiguous", "fuzzy", "normalized", "exact"];
const JUDGED = {
  right: { sign: "✓", words: "right" },
  wrong: { sign: "✗", words: "wrong" },
  absent: { sign: "∅", words: "not on the page" },
  corrected: { sign: "✎", words: "corrected" },
};

let doubtBelow = 0.7;

/** Lists of the document that can get more entries: their entries' shape, pointer, and how many there are. */
function listsOf(doc) {
  if (doc.lists) return doc.lists;
  doc.lists = new Map();
  const walk = (part, path) => {
    if (Array.isArray(part) && part.length) doc.lists.set(pointerOf(path), { path, count: part.length, shape: part[0] });
    if (part !== null && typeof part === "object") Object.entries(part).forEach(([key, inner]) => walk(inner, [...path, key]));
  };
  if (doc.shape === "values") walk(doc.data, []);
  if (doc.shape === "objects") doc.lists.set("/objects", { path: ["objects"], count: doc.items.length, shape: 0 });
  return doc.lists;
}

const pointerOf = (path) => path.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

function addedItems(doc, pointer, times) {
  const list = listsOf(doc).get(pointer);
  if (!list) return [];
  const made = [];
  const blank = doc.shape === "objects" ? { kind: "text", value: "" } : { kind: "null", value: null };
  const walk = (part, path) => {
    if (part !== null && typeof part === "object") Object.entries(part).forEach(([key, inner]) => walk(inner, [...path, key]));
    else made.push({ pointer: pointerOf(path), path, ...blank, marks: [], added: true });
  };
  for (let n = 0; n < times; n += 1) walk(list.shape, [...list.path, list.count + n]);
  return made;
}

/** All items, those that the person added after the others of their list. */
function itemsOf(doc) {
  const added = JSON.stringify(correctionsOf(doc).added);
  if (doc.allItems?.added !== added) {
    const all = [...doc.items];
    for (const [pointer, times] of Object.entries(correctionsOf(doc).added)) {
      const more = addedItems(doc, pointer, times).filter((item) => !doc.byPointer.has(item.pointer));
      const last = all.findLastIndex((item) => item.pointer.startsWith(`${pointer}/`));
      all.splice(last < 0 ? all.length : last + 1, 0, ...more);
    }
    doc.allItems = { added, items: all, byPointer: new Map(all.map((item) => [item.pointer, item])) };
  }
  return doc.allItems.items;
}

/** The item of that pointer; undefined where there is none. */
function itemAt(doc, pointer) {
  itemsOf(doc);
  return doc.allItems.byPointer.get(pointer);
}

const said = (doc, item) => correctionsOf(doc).items[item.pointer] ?? {};

/** The value as it stands: {kind, value}. */
function valueOf(doc, item) {
  const { verdict, value } = said(doc, item);
  if (verdict === "absent" && doc.shape === "values") return { kind: "null", value: null };
  return value ?? { kind: item.kind, value: item.value };
}

/** The value as text. */
function textOf(doc, item) {
  const { kind, value } = valueOf(doc, item);
  if (item.kind === "whole") return "(the whole)";
  return kind === "null" ? "null" : String(value);
}

/** The places as they stand: each with page, box (fractions) and the record's quote, match and confidence where those are its. */
function marksOf(doc, item) {
  const { verdict, marks } = said(doc, item);
  if (verdict === "absent") return [];
  return (marks ?? item.marks).filter((mark) => mark.box && mark.page !== null);
}

/** Which kind of match the item counts as: a key of MATCHES. */
function matchOf(doc, item) {
  const { verdict, marks } = said(doc, item);
  if (verdict === "absent") return "none";
  if (marks) return marks.length ? "placed" : "none";
  if (doc.shape !== "values") return "found";
  const kinds = item.marks.map((mark) => mark.match);
  const worst = WORST_FIRST.find((kind) => kinds.includes(kind));
  if (worst) return worst;
  return valueOf(doc, item).kind === "null" ? "empty" : "unplaced";
}

/** The lowest confidence of the record's places, 0..1; null where none is known. */
function confidenceOf(item) {
  const known = item.marks.map((mark) => mark.confidence).filter((confidence) => confidence !== null && confidence !== undefined);
  return known.length ? Math.min(...known) : null;
}

/** Whether the entry that the item belongs to was taken out. */
function isRemoved(doc, item) {
  const { removed } = correctionsOf(doc);
  if (!Object.keys(removed).length) return false;
  return item.path.some((_, at) => removed[pointerOf(item.path.slice(0, at + 1))]);
}

/** What the person said: right, wrong, absent, corrected; null where nothing. */
function judgementOf(doc, item) {
  const { verdict, value, marks } = said(doc, item);
  if (isRemoved(doc, item)) return "wrong";
  if (verdict === "wrong" || verdict === "absent") return verdict;
  return value || marks ? "corrected" : (verdict ?? null);
}

/** Whether the record gives reason to look: nothing that a person has said changes that. */
function seemsDoubtful(doc, item) {
  if (doc.shape === "lines" || item.added) return false;
  const confidence = confidenceOf(item);
  if (confidence !== null && confidence < doubtBelow) return true;
  if (doc.shape === "objects") return false;
  const kinds = item.marks.map((mark) => mark.match);
  if (!kinds.length) return item.kind !== "null" && item.kind !== "whole";
  return kinds.some((kind) => kind === "none" || kind === "ambiguous" || kind === "fuzzy");
}

/** Whether it is still to be looked at. */
const isDoubtful = (doc, item) => seemsDoubtful(doc, item) && judgementOf(doc, item) === null;

/** Whether a document is done: the person said so, or has judged all that seemed doubtful. */
function isDone(doc) {
  const { done } = correctionsOf(doc);
  if (done !== undefined) return done;
  const doubtful = itemsOf(doc).filter((item) => seemsDoubtful(doc, item));
  return doubtful.length > 0 && doubtful.every((item) => judgementOf(doc, item) !== null);
}

/** The entries of a list among the person's words: the removable entry that an item belongs to, innermost; null where none. */
function entryOf(doc, item) {
  for (let length = item.path.length; length > 0; length -= 1) {
    const list = listsOf(doc).get(pointerOf(item.path.slice(0, length - 1)));
    if (list) return { pointer: pointerOf(item.path.slice(0, length)), list: pointerOf(list.path), at: Number(item.path[length - 1]), length };
  }
  return null;
}
