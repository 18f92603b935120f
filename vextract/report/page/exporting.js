// Corrections as JSON lines: records again, with what the person said in place of what was found.

/** A number as JSON text, which no browser rounds. */
class NumberText {
  constructor(text) {
    this.text = text;
  }
}

/** JSON of strings, null, booleans, arrays, Maps (objects of data, whatever their keys), plain objects and NumberTexts. */
function encode(value) {
  if (value instanceof NumberText) return value.text;
  if (Array.isArray(value)) return `[${value.map(encode).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value ?? null);
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${encode(inner)}`).join(",")}}`;
}

function leaf(doc, pointer) {
  const item = itemAt(doc, pointer);
  // What is known to be wrong and has no right value yet is no value.
  if (judgementOf(doc, item) === "wrong" && !said(doc, item).value) return null;
  const { kind, value } = valueOf(doc, item);
  return kind === "number" ? new NumberText(value) : value;
}

/**
 * The data as corrected, and where each leaf has gone: `moved` maps pointers of the page to pointers into the data, since entries
 * behind a removed one move up.
 */
function correctedData(doc) {
  const { added, removed } = correctionsOf(doc);
  const places = new Map();
  const walk = (part, from, to) => {
    if (part === null || typeof part !== "object") {
      places.set(from, to);
      return leaf(doc, from);
    }
    const child = (inner, key, newKey) => walk(inner, from + pointerOf([key]), to + pointerOf([newKey]));
    if (!Array.isArray(part)) return new Map(Object.entries(part).map(([key, inner]) => [key, child(inner, key, key)]));
    const times = part.length ? (added[from] ?? 0) : 0;
    const entries = [...part, ...Array(times).fill(part[0])].map((inner, at) => [inner, at]);
    const kept = entries.filter(([, at]) => !removed[from + pointerOf([at])]);
    return kept.map(([inner, at], place) => child(inner, at, place));
  };
  const data = walk(doc.data, "", "");
  return { data, places };
}

/** A box in pixels of its page, to a tenth; null where the page's size is not known. */
function pixels(doc, { page, box }) {
  const size = pageOf(doc, page);
  return size ? box.map((corner, at) => Math.round(corner * (at % 2 ? size.height : size.width) * 10) / 10) : null;
}

function evidenceOf(doc, item, pointer) {
  const { marks, value } = said(doc, item);
  const judged = judgementOf(doc, item);
  const nowhere = { pointer, page: null, box: null, quote: null, match: "none", confidence: null };
  if (judged === "absent" || (marks && !marks.length)) return [nowhere];
  // A wrong value without a right one has no place to be found at.
  if (judged === "wrong" && !value) return [];
  if (marks) return marks.map((mark) => ({ ...nowhere, page: mark.page, box: pixels(doc, mark), match: "normalized" }));
  return item.marks.map(({ page, box, quote, match, confidence }) => ({ pointer, page, box: box && pixels(doc, { page, box }), quote, match, confidence }));
}

function exportedValues(doc) {
  const { data, places } = correctedData(doc);
  const evidence = itemsOf(doc).filter((item) => places.has(item.pointer)).flatMap((item) => evidenceOf(doc, item, places.get(item.pointer)));
  return { data, evidence };
}

function exportedObjects(doc) {
  const kept = itemsOf(doc).filter((item) => judgementOf(doc, item) !== "wrong" && marksOf(doc, item).length);
  const objects = kept.flatMap((item) => marksOf(doc, item).map((mark) => ({
    page: mark.page, label: textOf(doc, item), box: pixels(doc, mark),
    score: item.marks[0]?.confidence ?? null, text: item.text ?? null,
    // An outline that was drawn for another box does not fit this one.
    mask: said(doc, item).marks ? null : (item.mask ?? null),
  })));
  const counts = new Map();
  objects.forEach(({ label }) => counts.set(label, (counts.get(label) ?? 0) + 1));
  return { data: { objects, counts }, evidence: [] };
}

/** A document as a line of JSON; null for those that have no data to correct. */
function exportedLine(doc) {
  if (doc.shape !== "values" && doc.shape !== "objects") return null;
  const { data, evidence } = doc.shape === "values" ? exportedValues(doc) : exportedObjects(doc);
  const judgements = new Map(itemsOf(doc).map((item) => [item.pointer, judgementOf(doc, item)]).filter(([, judged]) => judged));
  return encode({
    format: 1, source: doc.source, sha256: doc.sha256, task: doc.task, model: null, schema: doc.schema, status: "ok", box_unit: "pixel",
    data, evidence, pages: doc.pages,
    review: { key: doc.key, done: isDone(doc), model: doc.model, judgements, corrections: correctionsOf(doc) },
  });
}

const SCOPES = {
  done: (doc) => isDone(doc),
  begun: (doc) => isDone(doc) || isTouched(correctionsOf(doc)),
  all: () => true,
};

/** The documents of a scope as JSON lines, and how many they are. */
function exported(scope) {
  const lines = [];
  for (let at = 0; at < documentCount; at += 1) {
    const doc = documentAt(at);
    const line = SCOPES[scope](doc) ? exportedLine(doc) : null;
    if (line) lines.push(line);
  }
  return { text: lines.map((line) => `${line}\n`).join(""), count: lines.length };
}

function download(scope) {
  const { text, count } = exported(scope);
  const url = URL.createObjectURL(new Blob([text], { type: "application/x-ndjson" }));
  const name = index.files[index.file].replace(/\.[^.]*$/, "");
  const link = make("a", { href: url, download: `${name}.corrections.jsonl` });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
  unkept = false;
  tell(`${counted(count, "document")} exported.`);
}

async function copy(scope, dialog) {
  const { text, count } = exported(scope);
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = make("textarea", { class: "unseen", "aria-hidden": "true" });
    area.value = text;
    dialog.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (!done) return tell("This browser does not let the page copy: use Download.");
  }
  unkept = false;
  return tell(`${counted(count, "document")} copied.`);
}

/** Takes up the corrections that an earlier export of this page holds; documents of other pages are passed over. */
function takeUp(text) {
  const byKey = new Map(Array.from({ length: documentCount }, (_, at) => [documentAt(at).key, documentAt(at)]));
  let taken = 0;
  for (const line of text.split("\n").filter((each) => each.trim())) {
    let review;
    try {
      ({ review } = JSON.parse(line));
    } catch {
      continue;
    }
    const doc = byKey.get(review?.key);
    if (!doc) continue;
    taken += 1;
    const state = sound(review.corrections);
    change(doc, "corrections loaded", (now) => {
      Object.keys(now).forEach((name) => delete now[name]);
      Object.assign(now, state);
    });
  }
  tell(taken ? `Corrections of ${counted(taken, "document")} taken up.` : "No document of this page is in that file.");
}

function scopeChoice(scope, words, checked) {
  const { count } = exported(scope);
  return make("label", { class: "scope" }, make("input", { type: "radio", name: "scope", value: scope, checked }), make("span", {}, words), make("span", { class: "dim" }, String(count)));
}

function showExport() {
  const close = () => dialog.close();
  const chosen = () => dialog.querySelector("input[name=scope]:checked").value;
  const file = make("input", { type: "file", accept: ".jsonl,.json,application/x-ndjson", id: "import-file", class: "unseen", tabindex: -1 });
  file.addEventListener("change", async () => {
    if (file.files[0]) takeUp(await file.files[0].text());
    close();
  });
  const dialog = make("dialog", { class: "dialog", "aria-labelledby": "export-title" },
    make("h2", { id: "export-title" }, "Export corrections"),
    make("p", { class: "dim" }, "Records as JSON lines, with your corrections in them: the truth for ", make("code", {}, "vextract eval --truth"), ". Fields that you did not judge stay as they were found."),
    scopeChoice("done", "Documents that are done", true),
    scopeChoice("begun", "Those, and the ones begun", false),
    scopeChoice("all", "All documents, looked at or not", false),
    index.files.length > 1 && make("p", { class: "dim" }, `This is file ${index.file + 1} of ${index.files.length}; each exports its own documents.`),
    make("div", { class: "actions" },
      make("button", { type: "button", class: "strong", onclick: () => { download(chosen()); close(); } }, "Download"),
      make("button", { type: "button", onclick: async () => { await copy(chosen(), dialog); close(); } }, "Copy"),
      make("button", { type: "button", onclick: () => file.click() }, "Load an earlier export …"),
      make("button", { type: "button", onclick: close }, "Close")),
    file);
  openDialog(dialog);
}

/** Shows a dialog, and takes it out of the page when it is closed. */
function openDialog(dialog) {
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
}
