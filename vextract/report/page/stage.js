// The pages of the current document: their pictures come when they are near the screen and go when they are far; zoom and pan.

const ZOOM_STEP = 1.25;
const LEAST_ZOOM = 0.25;
const MOST_ZOOM = 8;
const MARGIN = 32;
let zoom = 1;
let watcher = null;

const stage = () => byId("stage");

/** How wide a page is shown at zoom 1: as its picture is, within the window. */
function fittedWidth(doc, page) {
  const natural = doc.pictures[page.number]?.[0] ?? page.width;
  return Math.max(120, Math.min(stage().clientWidth - MARGIN, Math.max(natural, 480)));
}

function sizePages() {
  const doc = documents.get(current);
  if (!doc) return;
  for (const figure of byId("pages").children) {
    const page = pageOf(doc, Number(figure.dataset.page));
    if (page) figure.style.width = `${fittedWidth(doc, page) * zoom}px`;
  }
  byId("zoom-fit").textContent = `${Math.round(zoom * 100)} %`;
}

function releasePicture(figure) {
  delete figure.dataset.near;
  const picture = figure.querySelector("img");
  if (!picture) return;
  URL.revokeObjectURL(picture.src);
  picture.remove();
}

function attachPicture(figure, at) {
  figure.dataset.near = "";
  if (figure.querySelector("img")) return;
  const number = Number(figure.dataset.page);
  if (!hasCome(at, number)) {
    setTimeout(() => {
      if ("near" in figure.dataset && figure.isConnected) attachPicture(figure, at);
    }, 100);
    return;
  }
  const url = pictureUrl(at, number);
  if (!url) return;
  const picture = make("img", { alt: `Page ${number}`, draggable: "false", src: url });
  picture.decoding = "async";
  figure.prepend(picture);
}

function makePage(doc, page) {
  const seen = page.time_s === null ? "" : ` at ${page.time_s.toFixed(1)} s`;
  const figure = make("figure", { class: "page", "data-page": page.number },
    doc.pictures[page.number] ? null : make("p", { class: "no-picture" }, "No picture of this page"),
    make("div", { class: "boxes", "aria-hidden": "true" }),
    make("figcaption", {}, `Page ${page.number} of ${doc.pages.length}${seen}`));
  const [width, height] = doc.pictures[page.number] ?? [page.width, page.height];
  figure.style.aspectRatio = `${width} / ${height}`;
  return figure;
}

/** Puts the document's pages on the stage, without pictures where those are not near. */
function showPages(doc) {
  watcher?.disconnect();
  for (const figure of byId("pages").children) releasePicture(figure);
  const figures = doc.pages.map((page) => makePage(doc, page));
  const empty = make("p", { class: "no-pages" }, "There is no page to look at.");
  byId("pages").replaceChildren(...(figures.length ? figures : [empty]));
  zoom = 1;
  sizePages();
  stage().scrollTo(0, 0);
  watcher = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (isIntersecting) attachPicture(target, doc.at);
      else releasePicture(target);
    }
  }, { root: stage(), rootMargin: "60% 0px" });
  figures.forEach((figure) => watcher.observe(figure));
}

/** Zooms to a factor; what lies under the point of the window (client coordinates) stays there. */
function zoomTo(factor, x, y) {
  const area = stage().getBoundingClientRect();
  const at = { x: x ?? area.left + area.width / 2, y: y ?? area.top + area.height / 2 };
  const figures = [...byId("pages").querySelectorAll(".page")];
  const near = figures.find((figure) => figure.getBoundingClientRect().bottom >= at.y) ?? figures.at(-1);
  if (!near) return;
  const before = near.getBoundingClientRect();
  const share = { x: (at.x - before.left) / before.width, y: (at.y - before.top) / before.height };
  zoom = Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, factor));
  sizePages();
  const after = near.getBoundingClientRect();
  stage().scrollBy(after.left + share.x * after.width - at.x, after.top + share.y * after.height - at.y);
}

/** Brings a box of a page (fractions) into sight, with some room around it. */
function bringIntoSight(number, box) {
  const figure = byId("pages").querySelector(`[data-page="${number}"]`);
  if (!figure) return;
  const page = figure.getBoundingClientRect();
  const area = stage().getBoundingClientRect();
  const [x0, y0, x1, y1] = [page.left + box[0] * page.width, page.top + box[1] * page.height, page.left + box[2] * page.width, page.top + box[3] * page.height];
  const room = 24;
  const outside = y0 < area.top + room || y1 > area.bottom - room;
  const beside = x0 < area.left + room || x1 > area.right - room;
  if (!outside && !beside) return;
  stage().scrollBy({
    top: outside ? (y0 + y1) / 2 - (area.top + area.bottom) / 2 : 0,
    left: beside ? (x0 + x1) / 2 - (area.left + area.right) / 2 : 0,
    behavior: motion(),
  });
}

/** Which page is in the middle of the window: its figure; null where there is none. */
function pageInSight() {
  const area = stage().getBoundingClientRect();
  const middle = area.top + area.height / 2;
  const figures = [...byId("pages").querySelectorAll(".page")];
  return figures.find((figure) => figure.getBoundingClientRect().bottom >= middle) ?? figures.at(-1) ?? null;
}

/** Dragging the paper with the mouse; fingers scroll by themselves. */
function startPanning(event) {
  if (event.pointerType === "touch" || ![0, 1].includes(event.button)) return;
  const from = { x: event.clientX + stage().scrollLeft, y: event.clientY + stage().scrollTop };
  const move = (next) => stage().scrollTo(from.x - next.clientX, from.y - next.clientY);
  const end = (last) => {
    // A drag that ends on a box is no click on it.
    if (Math.hypot(last.clientX - event.clientX, last.clientY - event.clientY) > 4) {
      const swallow = (click) => click.stopPropagation();
      stage().addEventListener("click", swallow, { capture: true, once: true });
      setTimeout(() => stage().removeEventListener("click", swallow, { capture: true }), 0);
    }
    stage().classList.remove("panning");
    removeEventListener("pointermove", move);
    removeEventListener("pointerup", end);
    removeEventListener("pointercancel", end);
  };
  stage().classList.add("panning");
  addEventListener("pointermove", move);
  addEventListener("pointerup", end);
  addEventListener("pointercancel", end);
}

const spread = ([a, b]) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);

function startPinching() {
  let start = null;
  stage().addEventListener("touchstart", (event) => {
    start = event.touches.length === 2 ? { spread: spread(event.touches), zoom } : null;
  }, { passive: true });
  stage().addEventListener("touchmove", (event) => {
    if (!start || event.touches.length !== 2) return;
    event.preventDefault();
    const [a, b] = event.touches;
    zoomTo((start.zoom * spread(event.touches)) / start.spread, (a.clientX + b.clientX) / 2, (a.clientY + b.clientY) / 2);
  }, { passive: false });
}

function startStage() {
  stage().addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoomTo(zoom * Math.exp(-Math.max(-60, Math.min(60, event.deltaY)) / 150), event.clientX, event.clientY);
  }, { passive: false });
  byId("zoom-in").addEventListener("click", () => zoomTo(zoom * ZOOM_STEP));
  byId("zoom-out").addEventListener("click", () => zoomTo(zoom / ZOOM_STEP));
  byId("zoom-fit").addEventListener("click", () => zoomTo(1));
  byId("previous-document").addEventListener("click", () => goToNeighbour(-1));
  byId("next-document").addEventListener("click", () => goToNeighbour(1));
  new ResizeObserver(sizePages).observe(stage());
  startPinching();
}
