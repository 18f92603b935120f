// The documents and pictures that lie in the page as inert text, and come to life one at a time.

const index = JSON.parse(byId("index").textContent);
const documentCount = index.documents.length;
const documents = new Map();

/**
 * The document at a place, from 0, with all that the builder wrote of it, and
 * `at`: that place; `items`: each with `number` among them; `byPointer`: the same by pointer.
 */
function documentAt(at) {
  if (!documents.has(at)) {
    const found = JSON.parse(byId(`document-${at}`).textContent);
    found.at = at;
    found.items.forEach((item, number) => Object.assign(item, { number }));
    found.byPointer = new Map(found.items.map((item) => [item.pointer, item]));
    documents.set(at, found);
  }
  return documents.get(at);
}

// Kinds of pictures that carry nothing but a picture.
const PICTURE_KINDS = new Set(["image/webp", "image/jpeg", "image/png"]);

/** Whether the picture of a page has come: pictures stand at the end of the file, and the page is used while they load. */
function hasCome(at, page) {
  if (document.readyState !== "loading") return true;
  const block = byId(`picture-${at}-${page}`);
  // What follows it is there only once it is whole.
  return block !== null && block.nextSibling !== null;
}

/** An address for the picture of a page, to be revoked by who asked for it; null where there is no picture. */
function pictureUrl(at, page) {
  const block = byId(`picture-${at}-${page}`);
  if (!block || !PICTURE_KINDS.has(block.dataset.media)) return null;
  const text = atob(block.textContent);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
  return URL.createObjectURL(new Blob([bytes], { type: block.dataset.media }));
}

/** The page of that number as the record has it; undefined where it has none. */
const pageOf = (doc, number) => doc.pages.find((page) => page.number === number);
