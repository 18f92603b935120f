// The keyboard: one table, which also is the help.

const currentDocument = () => documents.get(current);
const selectedItem = () => (selected === null ? null : (itemAt(currentDocument(), selected) ?? null));

/** Selects the field before (-1) or after (+1) the selected one. */
function step(by) {
  const pointers = [...fieldRows.keys()];
  const at = pointers.indexOf(selected);
  const next = at < 0 ? (by > 0 ? 0 : pointers.length - 1) : at + by;
  if (pointers[next] !== undefined) select(pointers[next], { focus: true });
  else tell(by > 0 ? "That was the last field: n looks for doubtful ones further on." : "This is the first field.");
}

const doubtfulIn = (doc) => itemsOf(doc).filter((item) => isDoubtful(doc, item) && passes(doc, item));

/** Selects the next (+1) or previous (-1) doubtful field, in this document or the nearest listed one that has any. */
function stepDoubtful(by) {
  const here = currentDocument();
  const items = itemsOf(here);
  const at = items.findIndex((item) => item.pointer === selected);
  const isBeyond = (item) => at < 0 || (by > 0 ? items.indexOf(item) > at : items.indexOf(item) < at);
  const found = doubtfulIn(here).filter(isBeyond);
  if (found.length) return select((by > 0 ? found[0] : found.at(-1)).pointer, { focus: true });
  for (let turn = 1; turn <= documentCount; turn += 1) {
    const next = (current + by * turn + documentCount * 2) % documentCount;
    if (rows[next].hidden) continue;
    const doc = documentAt(next);
    const items = doubtfulIn(doc);
    const isUnread = doc.status === "failed" && !isDone(doc) && next !== current;
    if (!items.length && !isUnread) continue;
    if (next !== current) openDocument(next);
    if (items.length) select((by > 0 ? items[0] : items.at(-1)).pointer, { focus: true });
    return undefined;
  }
  return tell("Nothing doubtful is left here.");
}

/** Judges the selected field by a key, and goes on to the next doubtful one where that settles it. */
function judgeByKey(verdict, goOn) {
  const doc = currentDocument();
  const item = selectedItem();
  if (!item) return tell("Choose a field first: n finds the next doubtful one.");
  if (doc.shape === "lines" || (verdict === "absent" && doc.shape !== "values")) return tell("That is not for this kind of document.");
  const wasDoubtful = isDoubtful(doc, item);
  judge(doc, item, verdict);
  if (goOn && wasDoubtful && doubtfulIn(doc).length) stepDoubtful(1);
  else if (goOn && wasDoubtful) tell("All doubtful fields of this document are judged. ] or n goes on.");
  return undefined;
}

/** Says that the document is done, or is not. */
function toggleDone() {
  const doc = currentDocument();
  const done = !isDone(doc);
  change(doc, done ? "document done" : "document not done", (state) => {
    state.done = done;
  });
  tell(done ? "Document done." : "Document not done.");
}

/** Opens the document before or after, as far as they are listed; a document that is done leads on. */
function finish() {
  const doc = currentDocument();
  if (!isDone(doc)) toggleDone();
  if (neighbour(1) >= 0) openDocument(neighbour(1));
  else tell("Done. That was the last document.");
}

const undoShown = () => openChanged(undo());
const redoShown = () => openChanged(redo());

function openChanged(doc) {
  if (doc === null) tell("There is nothing to undo.");
  else if (doc.at !== current) openDocument(doc.at);
}

function nextTheme() {
  const order = ["auto", "light", "dark"];
  setTheme(order[(order.indexOf(document.documentElement.dataset.theme) + 1) % order.length]);
}

const THEME_WORDS = { auto: "Auto", light: "Light", dark: "Dark" };

function setTheme(theme) {
  document.documentElement.dataset.theme = THEME_WORDS[theme] ? theme : "auto";
  byId("theme").textContent = `Theme: ${THEME_WORDS[document.documentElement.dataset.theme]}`;
  keepSetting("theme", document.documentElement.dataset.theme);
}

/** Closes the list where it covers the page, or else leaves the selected field. */
function leave() {
  if (byId("side").classList.contains("open")) showSide(false);
  else select(null);
}

const KEYS = [
  { keys: ["n"], words: "next doubtful field, over all documents", act: () => stepDoubtful(1) },
  { keys: ["p"], words: "previous doubtful field", act: () => stepDoubtful(-1) },
  { keys: ["j", "ArrowDown"], words: "next field", act: () => step(1) },
  { keys: ["k", "ArrowUp"], words: "previous field", act: () => step(-1) },
  { keys: ["]"], words: "next document", act: () => goToNeighbour(1) },
  { keys: ["["], words: "previous document", act: () => goToNeighbour(-1) },
  { keys: ["a"], words: "the field is right", act: () => judgeByKey("right", true) },
  { keys: ["x"], words: "the field is wrong", act: () => judgeByKey("wrong", false) },
  { keys: ["o"], words: "it is not on the page", act: () => judgeByKey("absent", true) },
  { keys: ["e"], words: "edit the value", act: startEditing },
  { keys: ["b"], words: "draw a box for the field", act: startDrawing },
  { keys: ["m"], words: "move or resize the box with the arrow keys", act: startMoving },
  { keys: ["Delete"], words: "remove the field's boxes", act: removeBoxes },
  { keys: ["d"], words: "document done, and on to the next", act: finish },
  { keys: ["u"], words: "undo (also Ctrl+Z)", act: undoShown },
  { keys: ["U"], words: "do again (also Ctrl+Shift+Z)", act: redoShown },
  { keys: ["+", "="], words: "zoom in", act: () => zoomTo(zoom * ZOOM_STEP) },
  { keys: ["-"], words: "zoom out", act: () => zoomTo(zoom / ZOOM_STEP) },
  { keys: ["0"], words: "zoom to fit", act: () => zoomTo(1) },
  { keys: ["/"], words: "search", act: () => { showSide(true); byId("search").focus(); } },
  { keys: ["Escape"], words: "leave what was begun, then the field", act: leave },
  { keys: ["?"], words: "these keys", act: showHelp },
];
const KEY_WORDS = { ArrowDown: "↓", ArrowUp: "↑", Delete: "Del", Escape: "Esc", "-": "−" };
let letterKeys = setting("letters") !== "off";

function showHelp() {
  const lines = KEYS.map(({ keys, words }) => make("div", {},
    make("dt", {}, ...keys.flatMap((key, at) => [at ? " " : null, make("kbd", {}, KEY_WORDS[key] ?? key)])),
    make("dd", {}, words)));
  const box = make("input", { type: "checkbox", checked: letterKeys, id: "letter-keys" });
  box.addEventListener("change", () => {
    letterKeys = box.checked;
    keepSetting("letters", letterKeys ? "on" : "off");
  });
  const dialog = make("dialog", { class: "dialog help", "aria-labelledby": "help-title" },
    make("h2", { id: "help-title" }, "Keys"), make("dl", { class: "keys" }, ...lines),
    make("p", { class: "dim" }, "Wheel or two fingers scroll; Ctrl and wheel, or pinching, zoom; dragging the page moves it. Click a box to select its field; drag it, or its corners, to move or resize it. With Shift, a drawn box is added to those that are there."),
    make("label", { class: "switch" }, box, "Keys that are single letters and signs"),
    make("div", { class: "actions" }, make("button", { type: "button", class: "strong", onclick: () => dialog.close() }, "Close")));
  openDialog(dialog);
}

const isTyping = (target) => target.closest?.("input, textarea, select, dialog") !== null;

function onKey(event) {
  const control = event.ctrlKey || event.metaKey;
  if (control && event.key.toLowerCase() === "z" && !isTyping(event.target)) {
    event.preventDefault();
    if (event.shiftKey) redoShown();
    else undoShown();
    return;
  }
  if (event.key === "Escape" && event.target.id === "search") byId("fields").querySelector('[tabindex="0"]')?.focus();
  if (control || isTyping(event.target)) return;
  if (boxKey(event)) return event.preventDefault();
  // Arrow keys scroll the pages where those have the keyboard.
  if (event.altKey || (event.key.startsWith("Arrow") && !event.target.closest?.("#fields"))) return undefined;
  const found = KEYS.find(({ keys }) => keys.includes(event.key));
  if (!found || (event.key.length === 1 && !letterKeys)) return undefined;
  event.preventDefault();
  return found.act();
}
