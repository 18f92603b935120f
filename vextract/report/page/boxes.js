// Boxes on the pages. Each belongs to an item; pointing at one lights the other.

const HANDLES = ["nw", "ne", "sw", "se"];
let selected = null;
let lit = null;

/** Gives an element the colour of the object's label: the builder's for its own labels, one for all that the person wrote. */
function paint(element, doc, item) {
  const label = textOf(doc, item);
  const known = doc.items.find((other) => other.value === label) ?? { colour: "#23211d", ink: "#ffffff" };
  element.style.setProperty("--colour", known.colour);
  element.style.setProperty("--ink-on-colour", known.ink);
}

function place(element, [x0, y0, x1, y1]) {
  Object.assign(element.style, { left: `${x0 * 100}%`, top: `${y0 * 100}%`, width: `${(x1 - x0) * 100}%`, height: `${(y1 - y0) * 100}%` });
}

function outline(polygons) {
  const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  drawing.setAttribute("viewBox", "0 0 1 1");
  drawing.setAttribute("preserveAspectRatio", "none");
  drawing.classList.add("outline");
  for (const polygon of polygons) {
    const shape = document.createElementNS("http://www.w3.org/2000/svg", "polygon");
    shape.setAttribute("points", polygon.map((point) => point.join(",")).join(" "));
    drawing.append(shape);
  }
  return drawing;
}

function makeBox(doc, item, mark, number) {
  const name = doc.shape === "objects" ? textOf(doc, item) || "no label" : nameOf(doc, item);
  const box = make("div", { class: `box match-${matchOf(doc, item)}`, "data-pointer": item.pointer, "data-mark": number },
    make("span", { class: "tag" }, foreign(clipped(name, 60))));
  box.classList.toggle("low", mark.box[1] < 0.04);
  if (doc.shape === "objects") paint(box, doc, item);
  place(box, mark.box);
  return box;
}

const boxArea = (mark) => (mark.box[2] - mark.box[0]) * (mark.box[3] - mark.box[1]);

/** Draws all boxes of the current document anew: those of shown items, the smallest on top. */
function showBoxes(doc) {
  byId("pages").dataset.shape = doc.shape;
  const byPage = new Map(doc.pages.map((page) => [page.number, []]));
  for (const item of itemsOf(doc)) {
    if (isRemoved(doc, item) || !(passes(doc, item) || item.pointer === selected)) continue;
    marksOf(doc, item).forEach((mark, number) => byPage.get(mark.page)?.push({ item, mark, number }));
  }
  for (const figure of byId("pages").querySelectorAll(".page")) {
    const found = byPage.get(Number(figure.dataset.page)).sort((a, b) => boxArea(b.mark) - boxArea(a.mark));
    const outlines = found.filter(({ mark }) => mark.outline?.length).map(({ item, mark }) => {
      const drawing = outline(mark.outline);
      paint(drawing, doc, item);
      return drawing;
    });
    figure.querySelector(".boxes").replaceChildren(...outlines, ...found.map(({ item, mark, number }) => makeBox(doc, item, mark, number)));
  }
  markBoxes();
}

/** Whether the item has a box on the stage. Names of any kind may be in a pointer, so no selector is made of it. */
const hasBox = (pointer) => [...byId("pages").querySelectorAll(".box")].some((box) => box.dataset.pointer === pointer);

/** Shows which boxes are selected and lit. */
function markBoxes() {
  for (const box of byId("pages").querySelectorAll(".box")) {
    const isSelected = box.dataset.pointer === selected;
    box.classList.toggle("selected", isSelected);
    box.classList.toggle("lit", box.dataset.pointer === lit);
    if (isSelected && !box.querySelector(".handle") && documents.get(current)?.shape !== "lines") {
      box.append(...HANDLES.map((corner) => make("span", { class: `handle ${corner}`, "data-corner": corner })));
    } else if (!isSelected) box.querySelectorAll(".handle").forEach((handle) => handle.remove());
  }
  byId("pages").classList.toggle("has-lit", lit !== null || selected !== null);
}

/** Lights an item and its boxes; null for none. */
function light(pointer, from) {
  if (pointer === lit) return;
  lit = pointer;
  markBoxes();
  markRows();
  if (pointer && from === "box") rowOf(pointer)?.scrollIntoView({ block: "nearest" });
}

function startBoxes() {
  byId("pages").addEventListener("pointerover", (event) => {
    if (event.pointerType !== "touch") light(event.target.closest(".box")?.dataset.pointer ?? null, "box");
  });
  byId("pages").addEventListener("pointerleave", () => light(null));
}
