// Editing a value: as the JSON type it has, or as another one.

const KIND_WORDS = { text: "text", number: "number", boolean: "yes or no", null: "no value (null)" };

/** What was typed as a value of a kind: {value}, or {problem} in words. */
function typedValue(kind, text) {
  if (kind === "null") return { value: { kind, value: null } };
  if (kind === "boolean") return { value: { kind, value: text === "true" } };
  if (kind === "text") return { value: { kind, value: text } };
  const number = text.trim();
  if (isNumberText(number)) return { value: { kind, value: number } };
  return { problem: "Write a number as JSON does: 1234.50, no separators, no currency." };
}

function inputFor(kind, value) {
  const id = "edit-value";
  if (kind === "null") return make("span", { id, class: "dim" }, "nothing");
  if (kind === "boolean") {
    const select = make("select", { id, "aria-label": "Value" }, make("option", { value: "true" }, "true"), make("option", { value: "false" }, "false"));
    select.value = String(value === true || value === "true");
    return select;
  }
  const start = value === null || typeof value === "boolean" ? "" : value;
  if (kind === "number") {
    const input = make("input", { id, type: "text", inputmode: "decimal", autocomplete: "off", "aria-label": "Value", "aria-describedby": "edit-problem" });
    input.value = start;
    return input;
  }
  const area = make("textarea", { id, dir: "auto", rows: Math.min(8, 1 + Math.floor(start.length / 40)), "aria-label": "Value", "aria-describedby": "edit-problem" });
  area.value = start;
  return area;
}

/** A form for the item's value; `close` is called when it is done with, changed or not. */
function makeEditor(doc, item, close) {
  const { kind, value } = valueOf(doc, item);
  const kinds = doc.shape === "objects" ? ["text"] : Object.keys(KIND_WORDS);
  const select = make("select", { id: "edit-kind", "aria-label": "Type" }, ...kinds.map((each) => make("option", { value: each }, KIND_WORDS[each])));
  // A value that was not found is most often a text that was missed.
  select.value = kind === "null" ? "text" : kind;
  let input = inputFor(select.value, value);
  const problem = make("p", { id: "edit-problem", class: "problem", role: "alert" });
  const form = make("form", { class: "editor" }, select, input, problem,
    make("div", { class: "actions" },
      make("button", { type: "submit", class: "strong" }, "Save"),
      make("button", { type: "button", onclick: close }, "Cancel")));
  select.addEventListener("change", () => {
    const next = inputFor(select.value, "value" in input ? input.value : value);
    input.replaceWith(next);
    input = next;
    problem.textContent = "";
    if ("focus" in input) input.focus();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = typedValue(select.value, input.value ?? "");
    if (typed.problem) {
      problem.textContent = typed.problem;
      input.setAttribute("aria-invalid", "true");
      input.focus();
      return;
    }
    close();
    setValue(doc, item, typed.value);
  });
  form.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") close();
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target === input) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  return form;
}

/** Says what the value is. One that is as the record has it is right. */
function setValue(doc, item, given) {
  changeItem(doc, item, "value changed", (entry) => {
    const same = given.kind === item.kind && given.value === item.value;
    entry.value = same ? undefined : given;
    entry.verdict = "right";
  });
}

/** Says what the person thinks of the item; the same once more takes it back. */
function judge(doc, item, verdict) {
  changeItem(doc, item, `“${clipped(nameOf(doc, item), 40)}” ${JUDGED[verdict].words}`, (entry) => {
    entry.verdict = entry.verdict === verdict ? undefined : verdict;
  });
}

/** Takes an entry out of its list, or puts it back. */
function toggleEntry(doc, pointer) {
  change(doc, "entry removed or put back", (state) => {
    if (state.removed[pointer]) delete state.removed[pointer];
    else state.removed[pointer] = true;
  });
}

/** Adds an empty entry to a list and selects its first field. */
function addEntry(doc, list) {
  const { count } = listsOf(doc).get(list);
  const times = (correctionsOf(doc).added[list] ?? 0) + 1;
  const start = `${list}/${count + times - 1}`;
  change(doc, "entry added", (state) => {
    state.added[list] = times;
  });
  const first = itemsOf(doc).find((item) => item.pointer === start || item.pointer.startsWith(`${start}/`));
  if (first) select(first.pointer, { focus: true });
  if (doc.shape === "objects") startDrawing();
}
