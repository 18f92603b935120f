// The list of documents, and how far the person has got.

const rows = [];
const doubtCounts = [];
let current = -1;

const STATUS_SIGNS = { ok: null, partial: "partial", failed: "failed" };

function buildList() {
  index.documents.forEach(({ source, task, status }, at) => {
    const { folder, name } = nameParts(source);
    const row = make("button", { type: "button", class: "document", "data-at": at },
      make("span", { class: "done-sign", "aria-hidden": "true" }),
      make("span", { class: "document-name" }, foreign(clipped(name, 120), { class: "name" }),
        make("span", { class: "dim small" }, task, folder && " · ", folder && foreign(clipped(folder, 80)))),
      STATUS_SIGNS[status] && make("span", { class: `badge status-${status}` }, STATUS_SIGNS[status]),
      make("span", { class: "doubt-count" }));
    rows.push(make("li", {}, row));
  });
  byId("list").append(...rows);
  byId("list").addEventListener("click", (event) => {
    const row = event.target.closest(".document");
    if (row) openDocument(Number(row.dataset.at));
  });
}

/** Counts what is doubtful in a document anew, and shows it in its row. */
function countDoubts(at) {
  const doc = documentAt(at);
  const left = itemsOf(doc).filter((item) => isDoubtful(doc, item)).length;
  doubtCounts[at] = { left, done: isDone(doc) };
  const row = rows[at].firstChild;
  row.classList.toggle("is-done", doubtCounts[at].done);
  row.querySelector(".done-sign").textContent = doubtCounts[at].done ? "✓" : "";
  const pill = row.querySelector(".doubt-count");
  pill.textContent = left ? String(left) : "";
  pill.title = left ? `${left} doubtful` : "";
  row.setAttribute("aria-description", [doubtCounts[at].done ? "done" : "not done", left ? `${left} doubtful` : ""].filter(Boolean).join(", "));
}

function showProgress() {
  const known = doubtCounts.filter(Boolean);
  const done = known.filter((each) => each.done).length;
  const left = known.reduce((sum, each) => sum + each.left, 0);
  byId("progress-bar").max = Math.max(1, documentCount);
  byId("progress-bar").value = done;
  const counting = known.length < documentCount ? " …" : "";
  byId("progress-text").textContent = `${done} of ${counted(documentCount, "document")} done · ${left.toLocaleString("en")} doubtful left${counting}`;
}

/** Reads through all documents while nothing else is to be done, a few at a time. */
function countAll(from = 0, then = () => {}) {
  const until = performance.now() + 12;
  let at = from;
  while (at < documentCount && performance.now() < until) countDoubts(at++);
  showProgress();
  if (at < documentCount) setTimeout(() => countAll(at, then), 4);
  else then();
}

function showList() {
  let listed = 0;
  rows.forEach((row, at) => {
    row.hidden = isFiltered() && !isListed(at);
    if (!row.hidden) listed += 1;
  });
  byId("list-summary").textContent = isFiltered() ? `${listed} of ${counted(documentCount, "document")}` : counted(documentCount, "document");
}

function markCurrent() {
  rows.forEach((row, at) => {
    if (at === current) row.firstChild.setAttribute("aria-current", "true");
    else row.firstChild.removeAttribute("aria-current");
  });
  rows[current]?.scrollIntoView({ block: "nearest" });
}

/** The listed document before (-1) or after (+1) the current one; -1 where there is none. */
function neighbour(step) {
  for (let at = current + step; at >= 0 && at < documentCount; at += step) if (!rows[at].hidden) return at;
  return -1;
}

function goToNeighbour(step) {
  const at = neighbour(step);
  if (at < 0) tell(step > 0 ? "That was the last document." : "This is the first document.");
  else openDocument(at);
}
