// Puts the parts together.

function panelHead(doc) {
  const { folder, name } = nameParts(doc.source);
  const facts = [doc.task, doc.model, doc.schema, doc.status].filter(Boolean);
  const errors = doc.errors.map((error) => make("li", {}, make("strong", {}, error.kind), ": ", unfolding(error.message),
    error.page && ` (page ${error.page})`, error.hint && make("span", { class: "dim" }, " ", unfolding(error.hint))));
  return [
    make("h2", { title: clipped(doc.source, 400) }, folder && foreign(clipped(folder, 60), { class: "dim folder" }), foreign(clipped(name, 120))),
    make("p", { class: "facts dim" }, ...facts.flatMap((fact, at) => [at ? " · " : null, foreign(clipped(fact, 60))])),
    errors.length > 0 && make("ul", { class: "errors", "aria-label": "Errors" }, ...errors),
  ].filter(Boolean);
}

function panelFoot(doc) {
  const done = isDone(doc);
  return [
    doc.shape === "objects" && make("button", { type: "button", onclick: () => addEntry(doc, "/objects") }, "Add an object"),
    make("button", { type: "button", id: "done", "aria-pressed": String(done), onclick: toggleDone }, done ? "✓ Done" : "Mark as done"),
    make("button", { type: "button", class: "strong", onclick: () => stepDoubtful(1) }, "Next doubtful", make("kbd", { "aria-hidden": "true" }, "n")),
  ].filter(Boolean);
}

/** Shows a document of the list. */
function openDocument(at) {
  const doc = documentAt(at);
  current = at;
  selected = null;
  lit = null;
  editing = false;
  setMode(null);
  history.replaceState(null, "", `#${at + 1}`);
  byId("place").textContent = `${at + 1} / ${documentCount}`;
  byId("panel-head").replaceChildren(...panelHead(doc));
  showPages(doc);
  refresh(doc);
  byId("fields").scrollTo(0, 0);
  markCurrent();
  showSide(false);
}

/** Shows anew what depends on corrections and filters. */
function refresh(doc) {
  const held = byId("fields").contains(document.activeElement);
  const { scrollTop } = byId("fields");
  showFields(doc);
  showBoxes(doc);
  byId("panel-foot").replaceChildren(...panelFoot(doc));
  byId("fields").scrollTop = scrollTop;
  if (held) byId("fields").querySelector('[tabindex="0"]')?.focus({ preventScroll: true });
}

function showSide(open) {
  byId("side").classList.toggle("open", open);
  byId("open-list").setAttribute("aria-expanded", String(open));
}

function showParts() {
  if (index.files.length < 2) return;
  byId("parts").hidden = false;
  byId("parts").append("Part ", ...index.files.map((name, at) => (at === index.file
    ? make("strong", { "aria-current": "page" }, String(at + 1))
    : make("a", { href: `./${encodeURIComponent(name)}` }, String(at + 1)))));
}

function onChange(doc) {
  countDoubts(doc.at);
  showProgress();
  if (doc.at === current) refresh(doc);
  byId("undo").disabled = undone.length === 0;
}

function onFilter() {
  showList();
  if (current >= 0) refresh(documents.get(current));
}

function start() {
  setTheme(setting("theme") ?? "auto");
  if (!canKeep()) {
    kept = false;
    warn("This browser does not let pages from disk keep anything: export before you close the page, or your corrections are lost.");
  }
  changeListeners.push(onChange);
  filterListeners.push(onFilter);
  buildList();
  showParts();
  startFilters();
  startStage();
  startBoxes();
  startFields();
  byId("pages").addEventListener("click", (event) => {
    const pointer = event.target.closest(".box")?.dataset.pointer;
    if (pointer !== undefined && mode === null && pointer !== selected) select(pointer, { still: true });
  });
  stage().addEventListener("pointerdown", pointerDown);
  byId("undo").addEventListener("click", undoShown);
  byId("theme").addEventListener("click", nextTheme);
  byId("help").addEventListener("click", showHelp);
  byId("export").addEventListener("click", showExport);
  byId("open-list").addEventListener("click", () => showSide(!byId("side").classList.contains("open")));
  addEventListener("keydown", onKey);
  addEventListener("pointerdown", (event) => {
    if (!byId("side").contains(event.target) && event.target !== byId("open-list")) showSide(false);
  });
  addEventListener("beforeunload", (event) => {
    if (unkept) event.preventDefault();
  });
  showList();
  const asked = Number(location.hash.slice(1)) - 1;
  if (documentCount) openDocument(Number.isInteger(asked) && asked >= 0 && asked < documentCount ? asked : 0);
  else byId("fields").append(make("p", { class: "empty" }, "This report has no documents."));
  performance.mark("ready");
  countAll(0, () => performance.mark("counted"));
}

start();
