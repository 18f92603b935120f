// Boxes drawn, moved and resized by the person: with mouse, pen, finger or keys.

const LEAST_SIDE = 0.004;
const KEY_STEP = 0.005;
// "draw": the next drag makes a box for the selected item; "move": the arrow keys move its box.
let mode = null;

function setMode(next) {
  mode = next;
  stage().classList.toggle("drawing", mode === "draw");
  const words = {
    draw: "Draw a box on the page. Enter puts one in its middle, Esc leaves.",
    move: "Arrow keys move the box, with Shift they resize it, with Alt in small steps. Esc leaves.",
  };
  byId("drawing-hint").textContent = words[mode] ?? "";
}

const within = (number) => Math.min(1, Math.max(0, number));
const rounded = (box) => box.map((corner) => Math.round(corner * 1e6) / 1e6);

const spanned = (a, b) => [Math.min(a.x, b.x), Math.min(a.y, b.y), Math.max(a.x, b.x), Math.max(a.y, b.y)].map(within);

/** The box between two points, on the page; null where it is too small to be meant. */
function boxBetween(a, b) {
  const box = spanned(a, b);
  return box[2] - box[0] < LEAST_SIDE || box[3] - box[1] < LEAST_SIDE ? null : rounded(box);
}

/** The box moved as a whole, not beyond the page. */
function moved([x0, y0, x1, y1], dx, dy) {
  const right = Math.min(1 - x1, Math.max(-x0, dx));
  const down = Math.min(1 - y1, Math.max(-y0, dy));
  return rounded([x0 + right, y0 + down, x1 + right, y1 + down]);
}

/** The box with one corner drawn to a point. */
function resized(box, corner, point) {
  const fixed = { x: corner.includes("w") ? box[2] : box[0], y: corner.includes("n") ? box[3] : box[1] };
  return boxBetween(fixed, point);
}

function pointOn(figure, event) {
  const page = figure.getBoundingClientRect();
  return { x: (event.clientX - page.left) / page.width, y: (event.clientY - page.top) / page.height };
}

/** Says that the item stands in these places: [{page, box}]. Whoever places a value has looked at it. */
function setMarks(doc, item, marks, words) {
  changeItem(doc, item, words, (entry) => {
    entry.marks = marks.map(({ page, box }) => ({ page, box }));
    if (entry.verdict !== "wrong" || doc.shape === "objects") entry.verdict = "right";
  });
}

function replaceMark(doc, item, number, mark, words) {
  setMarks(doc, item, marksOf(doc, item).map((old, at) => (at === number ? mark : old)), words);
}

/** Follows a pointer until it is let go: `show` gets each event, `end` the last one, or null where it was broken off. */
function follow(event, show, end) {
  event.preventDefault();
  const stop = (last) => {
    removeEventListener("pointermove", show);
    removeEventListener("pointerup", stop);
    removeEventListener("pointercancel", stop);
    end(last.type === "pointerup" ? last : null);
  };
  addEventListener("pointermove", show);
  addEventListener("pointerup", stop);
  addEventListener("pointercancel", stop);
}

function drawBox(event, figure, doc, item) {
  const start = pointOn(figure, event);
  const rubber = make("div", { class: "rubber" });
  figure.querySelector(".boxes").append(rubber);
  follow(event, (next) => place(rubber, spanned(start, pointOn(figure, next))), (last) => {
    rubber.remove();
    const box = last && boxBetween(start, pointOn(figure, last));
    if (!box) return;
    const mark = { page: Number(figure.dataset.page), box };
    setMarks(doc, item, last.shiftKey ? [...marksOf(doc, item), mark] : [mark], "box drawn");
    setMode(null);
  });
}

function dragBox(event, figure, doc, item, element) {
  const number = Number(element.dataset.mark);
  const { page, box } = marksOf(doc, item)[number];
  const start = pointOn(figure, event);
  const corner = event.target.dataset.corner;
  const now = (next) => {
    const point = pointOn(figure, next);
    return corner ? resized(box, corner, point) : moved(box, point.x - start.x, point.y - start.y);
  };
  const show = (next) => {
    const shown = now(next);
    if (shown) place(element, shown);
  };
  follow(event, show, (last) => {
    const end = last && now(last);
    const still = !last || Math.hypot(last.clientX - event.clientX, last.clientY - event.clientY) < 3;
    if (still || !end) place(element, box);
    else replaceMark(doc, item, number, { page, box: end }, corner ? "box resized" : "box moved");
  });
}

function pointerDown(event) {
  const doc = documents.get(current);
  const figure = event.target.closest(".page");
  const element = event.target.closest(".box");
  const item = doc && selected !== null ? itemAt(doc, selected) : null;
  if (event.button === 0 && figure && item && mode === "draw") drawBox(event, figure, doc, item);
  else if (event.button === 0 && element?.dataset.pointer === selected && doc.shape !== "lines") dragBox(event, figure, doc, item, element);
  else startPanning(event);
}

/** What keys do to boxes; tells whether the key was one of them. */
function boxKey(event) {
  const doc = documents.get(current);
  const item = doc && selected !== null ? itemAt(doc, selected) : null;
  if (!mode || !item) return false;
  if (event.key === "Escape") {
    setMode(null);
    return true;
  }
  if (mode === "draw" && event.key === "Enter") {
    const figure = pageInSight();
    if (!figure) return false;
    const area = stage().getBoundingClientRect();
    const { y } = pointOn(figure, { clientX: 0, clientY: area.top + area.height / 2 });
    setMarks(doc, item, [{ page: Number(figure.dataset.page), box: moved([0.35, 0.48, 0.65, 0.52], 0, y - 0.5) }], "box drawn");
    setMode("move");
    return true;
  }
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const mark = marksOf(doc, item)[0];
  if (mode !== "move" || !steps[event.key] || !mark) return false;
  const [dx, dy] = steps[event.key].map((step) => step * KEY_STEP * (event.altKey ? 0.2 : 1));
  const { page, box } = mark;
  const next = event.shiftKey ? boxBetween({ x: box[0], y: box[1] }, { x: box[2] + dx, y: box[3] + dy }) : moved(box, dx, dy);
  if (next) replaceMark(doc, item, 0, { page, box: next }, event.shiftKey ? "box resized" : "box moved");
  return true;
}

/** Begins drawing a box for the selected item. */
function startDrawing() {
  if (selected === null) tell("Choose a field first.");
  else if (!byId("pages").querySelector(".page")) tell("There is no page to draw on.");
  else setMode("draw");
}

function startMoving() {
  const doc = documents.get(current);
  const item = doc && selected !== null ? itemAt(doc, selected) : null;
  if (item && marksOf(doc, item).length) setMode("move");
  else tell("There is no box to move: b draws one.");
}

/** Takes the selected item's boxes away; its value stays. */
function removeBoxes() {
  const doc = documents.get(current);
  const item = doc && selected !== null ? itemAt(doc, selected) : null;
  if (item && marksOf(doc, item).length && doc.shape === "values") setMarks(doc, item, [], "box removed");
}
