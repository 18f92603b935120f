// Elements made of data. What comes from documents becomes text or an attribute's value, never HTML.

const byId = (id) => document.getElementById(id);

/**
 * An element with attributes, handlers ("onclick") and children; children that are null or false are left out.
 * Strings among the children become text nodes.
 */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Text of a document's, kept from turning the writing direction of what stands around it. */
const foreign = (text, attributes = {}) => make("bdi", { dir: "auto", ...attributes }, text);

const CLIP = 240;

/** The beginning of a text that may be of any length. */
function clipped(text, length = CLIP) {
  if (text.length <= length) return text;
  // A pair of surrogates is not torn apart.
  const end = /[\uD800-\uDBFF]/.test(text[length - 1]) ? length - 1 : length;
  return `${text.slice(0, end)}…`;
}

/** A text of any length: its beginning, and a button that shows the rest. */
function unfolding(text, attributes = {}) {
  const shown = foreign(clipped(text), attributes);
  if (text.length <= CLIP) return shown;
  const more = make("button", { type: "button", class: "link", "aria-expanded": "false" });
  const label = () => {
    const open = more.getAttribute("aria-expanded") === "true";
    more.textContent = open ? "Show less" : `Show all ${text.length.toLocaleString("en")} characters`;
    shown.textContent = open ? text : clipped(text);
  };
  more.addEventListener("click", () => {
    more.setAttribute("aria-expanded", String(more.getAttribute("aria-expanded") !== "true"));
    label();
  });
  label();
  return make("span", { class: "unfolding" }, shown, " ", more);
}

let quiet = 0;

/** Tells something in passing, on the screen and to screen readers. */
function tell(words) {
  const toast = byId("status");
  toast.textContent = words;
  toast.classList.add("seen");
  clearTimeout(quiet);
  quiet = setTimeout(() => toast.classList.remove("seen"), 2600);
}

/** Tells something that stays true, at the top of the page. */
function warn(words) {
  byId("notice").textContent = words;
  byId("notice").hidden = false;
}

const counted = (number, one, many = `${one}s`) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;

/** How things move: not at all for those who do not want it. */
const motion = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth");

/** The last part of a path or an address, and what stands before it. */
function nameParts(source) {
  const at = Math.max(source.lastIndexOf("/"), source.lastIndexOf("\\"));
  const name = source.slice(at + 1);
  return name ? { folder: source.slice(0, at + 1), name } : { folder: "", name: source };
}
