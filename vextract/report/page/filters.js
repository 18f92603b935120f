// Which documents and fields are shown.

const NO_FILTER = { state: "all", status: "all", show: "all", low: 0, high: 100, text: "" };
const filter = { ...NO_FILTER, matches: new Set(Object.keys(MATCHES)) };
const MATCH_CHOICES = ["exact", "normalized", "fuzzy", "ambiguous", "none", "unplaced", "empty"];
const filterListeners = [];

const narrowsItems = () =>
  filter.show !== "all" || filter.low > 0 || filter.high < 100 || MATCH_CHOICES.some((kind) => !filter.matches.has(kind));

const isFiltered = () => narrowsItems() || filter.text !== "" || filter.state !== "all" || filter.status !== "all";

function contains(text) {
  return text !== null && String(text).toLocaleLowerCase().includes(filter.text);
}

function hasText(doc, item) {
  if (!filter.text || contains(doc.source)) return true;
  return contains(item.pointer) || contains(textOf(doc, item)) || contains(item.text ?? null) || item.marks.some((mark) => contains(mark.quote));
}

/** Whether the item is shown. */
function passes(doc, item) {
  const showing = {
    all: () => true,
    doubtful: () => isDoubtful(doc, item),
    open: () => judgementOf(doc, item) === null,
    judged: () => judgementOf(doc, item) !== null,
  };
  if (!showing[filter.show]() || !filter.matches.has(matchOf(doc, item))) return false;
  if (filter.low > 0 || filter.high < 100) {
    const confidence = confidenceOf(item);
    if (confidence === null || confidence * 100 < filter.low || confidence * 100 > filter.high) return false;
  }
  return hasText(doc, item);
}

/** Whether the document is listed: its status fits, and it has an item that passes or a name that is looked for. */
function isListed(at) {
  const { status, source } = index.documents[at];
  if (filter.status !== "all" && filter.status !== status) return false;
  if (filter.state === "done" || filter.state === "open") {
    if (isDone(documentAt(at)) !== (filter.state === "done")) return false;
  }
  if (!narrowsItems()) {
    if (!filter.text || contains(source)) return true;
  }
  const doc = documentAt(at);
  return itemsOf(doc).some((item) => passes(doc, item));
}

function filtersChanged() {
  const on = [narrowsItems(), filter.state !== "all", filter.status !== "all"].filter(Boolean).length;
  byId("filter-summary").textContent = on ? "on" : "";
  filterListeners.forEach((listener) => listener());
}

function choice(name, words, choices) {
  const select = make("select", { id: `filter-${name}` }, ...choices.map(([value, label]) => make("option", { value }, label)));
  select.addEventListener("change", () => {
    filter[name] = select.value;
    filtersChanged();
  });
  return make("label", { class: "choice" }, make("span", {}, words), select);
}

function percent(name, words, start, set) {
  const input = make("input", { type: "number", id: `filter-${name}`, min: 0, max: 100, step: 1, value: start, inputmode: "numeric" });
  input.addEventListener("input", () => {
    const number = Number(input.value);
    if (input.value === "" || !(number >= 0 && number <= 100)) return;
    set(number);
    filtersChanged();
  });
  return make("label", { class: "percent" }, make("span", {}, words), input, make("span", { "aria-hidden": "true" }, "%"));
}

function matchBoxes() {
  const boxes = MATCH_CHOICES.map((kind) => {
    const box = make("input", { type: "checkbox", value: kind, checked: true });
    box.addEventListener("change", () => {
      if (box.checked) filter.matches.add(kind);
      else filter.matches.delete(kind);
      filtersChanged();
    });
    const { sign, words } = MATCHES[kind];
    return make("label", { class: `chip match-${kind}` }, box, make("span", { class: "sign", "aria-hidden": "true" }, sign), words);
  });
  return make("fieldset", { class: "chips" }, make("legend", {}, "How values were found"), ...boxes);
}

function buildFilters() {
  const fields = [["all", "all"], ["doubtful", "only doubtful"], ["open", "not judged yet"], ["judged", "judged"]];
  const states = [["all", "all"], ["open", "not done"], ["done", "done"]];
  const statuses = [["all", "any"], ["ok", "ok"], ["partial", "partial"], ["failed", "failed"]];
  const reset = make("button", { type: "button", class: "quiet", id: "filter-reset" }, "Show everything");
  reset.addEventListener("click", () => {
    Object.assign(filter, NO_FILTER, { matches: new Set(Object.keys(MATCHES)) });
    byId("search").value = "";
    buildFilters();
    filtersChanged();
    byId("filter-reset").focus();
  });
  byId("filter-form").replaceChildren(
    choice("show", "Fields", fields),
    choice("state", "Documents", states),
    choice("status", "Status", statuses),
    matchBoxes(),
    make("fieldset", { class: "range" }, make("legend", {}, "Confidence"),
      percent("low", "from", filter.low, (number) => { filter.low = number; }),
      percent("high", "to", filter.high, (number) => { filter.high = number; })),
    percent("doubt", "Doubtful below", Math.round(doubtBelow * 100), (number) => {
      doubtBelow = number / 100;
      keepSetting("doubt", String(doubtBelow));
      countAll();
    }),
    reset,
  );
}

function startFilters() {
  const kept = Number(setting("doubt") ?? Number.NaN);
  if (kept >= 0 && kept <= 1) doubtBelow = kept;
  buildFilters();
  byId("filter-form").addEventListener("submit", (event) => event.preventDefault());
  byId("search").addEventListener("input", (event) => {
    filter.text = event.target.value.trim().toLocaleLowerCase();
    filtersChanged();
  });
}
