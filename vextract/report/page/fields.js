// The fields of the current document: name, value, how it was found; the selected one with all that can be said about it.

// From so many fields on, groups that are off the screen are not laid out.
const MANY = 400;
const fieldRows = new Map();
let editing = false;

const rowOf = (pointer) => fieldRows.get(pointer);

/** A key as it is read: places in lists count from 1. */
const keyWords = (path) => path.map((key) => (/^\d+$/.test(String(key)) ? String(Number(key) + 1) : String(key))).join(" ");

/** What the item is called where it stands alone. */
function nameOf(doc, item) {
  if (doc.shape === "objects") return `object ${Number(item.path[1]) + 1}`;
  if (doc.shape === "lines") return `line ${item.path[1] + 1}`;
  return item.path.length ? keyWords(item.path) : "answer";
}

const shortName = (doc, item) => (doc.shape === "values" && item.path.length ? keyWords(item.path.slice(-1)) : nameOf(doc, item));

const percentWords = (confidence) => (confidence === null ? "" : `${Math.floor(confidence * 100)} %`);

function matchBadge(doc, item) {
  const kind = matchOf(doc, item);
  if (kind === "found") return make("span", { class: "badge plain" }, percentWords(confidenceOf(item)));
  const { sign, words, told } = MATCHES[kind];
  const confidence = confidenceOf(item);
  // A low confidence is told beside the kind, since it is what makes the field doubtful.
  const low = confidence !== null && confidence < doubtBelow && seemsDoubtful(doc, item) ? percentWords(confidence) : null;
  return make("span", { class: `badge match-${kind}`, title: told },
    make("span", { class: "sign", "aria-hidden": "true" }, sign), words, low && make("span", { class: "low-confidence" }, low));
}

function valueShown(doc, item) {
  const { kind, value } = valueOf(doc, item);
  if (item.kind === "whole") return make("span", { class: "value dim" }, "(the whole)");
  if (kind === "null") return make("span", { class: "value null" }, "null");
  if (kind !== "text") return make("span", { class: `value ${kind}` }, clipped(String(value)));
  return make("span", { class: "value" }, value === "" ? make("span", { class: "dim" }, "(empty text)") : foreign(clipped(value)));
}

function rowHead(doc, item) {
  const judged = judgementOf(doc, item);
  const sign = make("span", { class: "judged", "aria-hidden": "true" }, judged ? JUDGED[judged].sign : isDoubtful(doc, item) ? "●" : "");
  const hidden = judged ? `, ${JUDGED[judged].words}` : isDoubtful(doc, item) ? ", doubtful" : "";
  const swatch = doc.shape === "objects" ? make("span", { class: "swatch", "aria-hidden": "true" }) : null;
  if (swatch) paint(swatch, doc, item);
  return make("button", { type: "button", class: "field-head", tabindex: -1, "aria-expanded": String(item.pointer === selected) },
    sign, make("span", { class: "field-name" }, swatch, foreign(clipped(shortName(doc, item), 80))), valueShown(doc, item), matchBadge(doc, item),
    make("span", { class: "unseen" }, hidden));
}

function evidenceWords(doc, item) {
  if (said(doc, item).marks || judgementOf(doc, item) === "absent") {
    const marks = marksOf(doc, item);
    return [make("p", { class: "told" }, marks.length ? `You placed it on page ${marks.map((mark) => mark.page).join(", ")}.` : "You said that it is not printed there.")];
  }
  if (!item.marks.length) return [make("p", { class: "told" }, item.added ? "You added this." : "Nothing says where this value comes from.")];
  return item.marks.slice(0, 8).map((mark) => {
    const parts = [mark.page === null ? null : `page ${mark.page}`, mark.match && MATCHES[mark.match].told, percentWords(mark.confidence ?? null) && `confidence ${percentWords(mark.confidence)}`];
    const quote = mark.quote === null || mark.quote === undefined ? null : make("q", { class: "quote" }, unfolding(mark.quote));
    return make("p", { class: "told" }, quote, quote && " ", parts.filter(Boolean).join(" · "));
  });
}

function action(words, key, act, pressed) {
  const title = key ? `${words} (${key})` : words;
  const attributes = { type: "button", title, onclick: act, "aria-pressed": pressed === undefined ? null : String(pressed) };
  return make("button", attributes, words, key && make("kbd", { "aria-hidden": "true" }, key));
}

function actions(doc, item) {
  if (doc.shape === "lines") return null;
  const judged = said(doc, item).verdict;
  const entry = entryOf(doc, item);
  const isEntry = doc.shape === "values" && entry?.length === item.path.length;
  const buttons = [
    action("Right", "a", () => judge(doc, item, "right"), judged === "right"),
    action("Wrong", "x", () => judge(doc, item, "wrong"), judged === "wrong"),
    doc.shape === "values" && action("Not on the page", "o", () => judge(doc, item, "absent"), judged === "absent"),
    item.kind !== "whole" && action(doc.shape === "objects" ? "Edit label" : "Edit", "e", startEditing),
    action("Draw box", "b", startDrawing),
    doc.shape === "values" && marksOf(doc, item).length > 0 && action("Remove box", "Del", removeBoxes),
    isEntry && action(isRemoved(doc, item) ? "Put back" : "Remove from list", "", () => toggleEntry(doc, entry.pointer)),
  ];
  return make("div", { class: "actions" }, ...buttons);
}

function details(doc, item) {
  const { value, kind } = valueOf(doc, item);
  const was = said(doc, item).value || judgementOf(doc, item) === "absent";
  const long = kind === "text" && value.length > CLIP;
  return make("div", { class: "details" },
    long && make("p", { class: "whole" }, unfolding(value)),
    was && item.kind !== "whole" && !item.added && make("p", { class: "told" }, "It was ", item.kind === "null" ? "null" : make("s", {}, unfolding(String(item.value)))),
    item.text && make("p", { class: "told" }, "Says ", make("q", {}, unfolding(item.text))),
    ...evidenceWords(doc, item),
    editing ? makeEditor(doc, item, stopEditing) : actions(doc, item));
}

function makeRow(doc, item) {
  const judged = judgementOf(doc, item);
  const row = make("li", { class: "field", "data-pointer": item.pointer }, rowHead(doc, item));
  row.classList.toggle("doubtful", isDoubtful(doc, item));
  if (judged) row.classList.add(`judged-${judged}`);
  row.classList.toggle("removed", isRemoved(doc, item));
  row.classList.toggle("selected", item.pointer === selected);
  row.classList.toggle("lit", item.pointer === lit);
  if (item.pointer === selected) {
    row.append(details(doc, item));
    row.firstChild.tabIndex = 0;
  }
  return row;
}

function groupHead(doc, item, path) {
  const entry = doc.shape === "values" ? entryOf(doc, item) : null;
  const removable = entry && entry.length === path.length;
  const removed = removable && correctionsOf(doc).removed[entry.pointer];
  const words = doc.shape === "lines" ? `Page ${path[0]}` : keyWords(path);
  return make("div", { class: "group-head" }, make("h3", {}, foreign(clipped(words, 80))),
    removable && make("button", { type: "button", class: "link", "aria-label": `${removed ? "Put back" : "Remove"} ${words}`, onclick: () => toggleEntry(doc, entry.pointer) }, removed ? "put back" : "remove"));
}

/** The path of the group that an item stands in. */
function groupPath(doc, item) {
  if (doc.shape === "objects") return [];
  return item.path.slice(0, -1);
}

/** Adds what makes new entries, after the last entry of each list that is shown. */
function addEntryButtons(doc, groups) {
  if (doc.shape !== "values") return;
  for (const [pointer, { path }] of listsOf(doc)) {
    const last = groups.findLast((group) => group.pointer === pointer || group.pointer.startsWith(`${pointer}/`));
    last?.element.append(make("button", { type: "button", class: "link add-entry", onclick: () => addEntry(doc, pointer) }, `+ add to ${clipped(keyWords(path) || "list", 40)}`));
  }
}

/** Shows the document's fields, those that the filter lets through. */
function showFields(doc) {
  fieldRows.clear();
  const groups = [];
  const shown = itemsOf(doc).filter((item) => passes(doc, item) || item.pointer === selected);
  for (const item of shown) {
    const path = groupPath(doc, item);
    const pointer = pointerOf(path);
    if (groups.at(-1)?.pointer !== pointer) {
      const list = make("ul", {});
      groups.push({ pointer, list, element: make("section", { class: "group" }, path.length ? groupHead(doc, item, path) : null, list) });
    }
    const row = makeRow(doc, item);
    fieldRows.set(item.pointer, row);
    groups.at(-1).list.append(row);
  }
  addEntryButtons(doc, groups);
  const none = make("p", { class: "empty" }, itemsOf(doc).length ? "The filter hides all fields of this document." : "Nothing was found in this document.");
  byId("fields").dataset.shape = doc.shape;
  byId("fields").classList.toggle("many", shown.length > MANY);
  byId("fields").replaceChildren(...(groups.length ? groups.map((group) => group.element) : [none]));
  giveTabStop();
}

/** One row can be reached by Tab: the selected one, or the first. */
function giveTabStop() {
  for (const head of byId("fields").querySelectorAll('.field-head[tabindex="0"]')) head.tabIndex = -1;
  const row = fieldRows.get(selected) ?? fieldRows.values().next().value;
  if (row) row.firstChild.tabIndex = 0;
}

function refreshRow(doc, pointer) {
  const old = fieldRows.get(pointer);
  const item = old && itemAt(doc, pointer);
  if (!item) return;
  const held = old.contains(document.activeElement);
  const row = makeRow(doc, item);
  fieldRows.set(pointer, row);
  old.replaceWith(row);
  if (held && !editing) row.firstChild.focus({ preventScroll: true });
}

function markRows() {
  byId("fields").querySelector(".field.lit")?.classList.remove("lit");
  rowOf(lit)?.classList.add("lit");
}

function startEditing() {
  const doc = documents.get(current);
  const item = doc && selected !== null ? itemAt(doc, selected) : null;
  if (!item || doc.shape === "lines" || item.kind === "whole") return;
  editing = true;
  refreshRow(doc, selected);
  const input = byId("edit-value");
  input.focus();
  input.select?.();
  rowOf(selected).scrollIntoView({ block: "nearest" });
}

function stopEditing() {
  if (!editing) return;
  editing = false;
  refreshRow(documents.get(current), selected);
  rowOf(selected)?.firstChild.focus({ preventScroll: true });
}

/** Selects an item of the current document; null for none. `focus`: its row gets the keyboard; `still`: the page stays. */
function select(pointer, { focus = false, still = false } = {}) {
  const doc = documents.get(current);
  const before = selected;
  editing = false;
  setMode(null);
  selected = pointer;
  if (before !== pointer) {
    if (before !== null) refreshRow(doc, before);
    if (pointer !== null && !fieldRows.has(pointer)) showFields(doc);
    else if (pointer !== null) refreshRow(doc, pointer);
    giveTabStop();
  }
  if (pointer === null) return markBoxes();
  const row = rowOf(pointer);
  row?.scrollIntoView({ block: "nearest" });
  if (focus) row?.firstChild.focus({ preventScroll: true });
  const item = itemAt(doc, pointer);
  const [first] = item ? marksOf(doc, item) : [];
  if (first && !hasBox(pointer)) showBoxes(doc);
  markBoxes();
  if (first && !still) bringIntoSight(first.page, first.box);
}

function startFields() {
  const fields = byId("fields");
  const pointerAt = (event) => event.target.closest(".field")?.dataset.pointer ?? null;
  fields.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "touch") light(pointerAt(event), "field");
  });
  fields.addEventListener("pointerleave", () => light(null));
  fields.addEventListener("click", (event) => {
    if (!event.target.closest(".field-head")) return;
    const pointer = pointerAt(event);
    select(pointer === selected ? null : pointer, { focus: true });
  });
}
