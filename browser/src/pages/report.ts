/**
 * A report that is dropped on the page: read here, kept for this tab alone, sent nowhere. With it
 * the words of a claim are shown within their paragraph, and where they are not is said plainly.
 */

import { find, partsOf, sentences, type Found, type Part } from "./anchors";
import { KINDS, textOf } from "./formats";
import { UnreadableError } from "./unreadable";

const KEY = "cop-graph-report-";
const ENDINGS = ".docx,.pdf,.html,.htm,.txt,.text,text/plain,text/html,application/pdf";
/** Where storage is not allowed, or has no room, the text is kept until the page is left. */
const memory = new Map<string, string>();
const cut = new Map<string, Part[]>();
const line = document.createElement("p");

export function readDroppedReports(): void {
  const page = document.documentElement;
  line.className = "told";
  line.setAttribute("role", "status");
  document.body.append(line);
  document.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    page.classList.add("is-dragging");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) page.classList.remove("is-dragging");
  });
  document.addEventListener("drop", (event) => {
    page.classList.remove("is-dragging");
    const files = event.dataTransfer?.files;
    if (!files?.length) return;
    event.preventDefault();
    void keep(files);
  });
  showSentences(document);
}

/** Shows the sentences of all records within an element, where their report is at hand. */
export function showSentences(within: ParentNode): void {
  const records = [...within.querySelectorAll<HTMLElement>(".record")].filter((one) => one.querySelector("[data-anchors]"));
  // One place to choose a file is enough, however many records stand below each other.
  const [first] = records;
  if (first) offer(first);
  records.forEach((record) => void showSentence(record));
}

async function showSentence(record: HTMLElement): Promise<void> {
  const quote = record.querySelector<HTMLElement>("[data-anchors]");
  const note = record.querySelector<HTMLElement>("[data-found]");
  if (!quote || !note) return;
  // The words are read from the page once, then kept: the quotation shows whole paragraphs later.
  const given = quote.dataset["anchors"] || JSON.stringify([...quote.querySelectorAll("mark")].map((mark) => mark.textContent ?? ""));
  quote.dataset["anchors"] = given;
  const anchors = JSON.parse(given) as string[];
  const wanted = {
    number: record.dataset["paragraph"] ?? "",
    hash: record.dataset["hash"] ?? "",
    occurrence: Number(record.dataset["occurrence"]) || 1,
    anchors,
  };
  let best: { name: string; found: Found } | null = null;
  for (const [name, text] of stored()) {
    const found = await find(parts(name, text), wanted);
    if (!best || RANKS.indexOf(found.where) < RANKS.indexOf(best.found.where)) best = { name, found };
  }
  if (!best) return;
  const { name, found } = best;
  const isFound = found.part !== null;
  quote.replaceChildren(...(found.part ? marked(found.part.text, found.spans) : quoted(anchors)));
  quote.className = isFound ? "text" : "anchors";
  note.className = found.where === "same" || found.where === "there" ? "note" : "warn";
  note.replaceChildren(verdict(found, wanted.number, name, record.dataset["reportLabel"] ?? ""), " ");
  const forget = document.createElement("button");
  forget.type = "button";
  forget.className = "forget";
  forget.textContent = "Forget the file";
  forget.addEventListener("click", () => {
    forgetAll();
    location.reload();
  });
  note.append(forget);
}

const RANKS: readonly Found["where"][] = ["same", "there", "elsewhere", "nowhere"];

/** Says plainly where the words stand in the reader's own file. */
function verdict({ where, part }: Found, number: string, name: string, report: string): string {
  const file = `“${name}”`;
  switch (where) {
    case "same":
      return `Found in ${file}, in paragraph ${number}, which is word for word the one that the claim was taken from. The file stays in your browser.`;
    case "there":
      return `Found in ${file}, in paragraph ${number}. The file stays in your browser.`;
    case "elsewhere": {
      const place = part?.isNumbered ? `in paragraph ${part.number}`
        : part && part.number !== "0" ? `in a paragraph without a number after ${part.number}` : "in a paragraph without a number";
      return `Not found in paragraph ${number} of ${file}. The same words stand elsewhere in it, ${place}: read whether it says the same. The file stays in your browser.`;
    }
    default:
      return `Not found in ${file}: these words do not stand in it. It may be another report or another edition. The claim is from paragraph ${number} of “${report}”.`;
  }
}

function offer(record: HTMLElement): void {
  const place = record.querySelector<HTMLElement>("[data-drop]");
  if (!place || place.querySelector("input")) return;
  place.hidden = false;
  const label = document.createElement("label");
  label.textContent = "Or choose it: ";
  const input = document.createElement("input");
  input.type = "file";
  input.accept = ENDINGS;
  input.addEventListener("change", () => void keep(input.files ?? []).then(() => (input.value = "")));
  label.append(input);
  place.append(document.createElement("br"), label);
}

async function keep(files: ArrayLike<File>): Promise<void> {
  for (const file of Array.from(files)) {
    tell(`Reading “${file.name}” …`);
    try {
      const text = await textOf(file);
      store(file.name, text);
      const count = parts(file.name, text).length;
      const isShown = !!document.querySelector(".record [data-anchors]");
      tell(`“${file.name}” is read: ${count} paragraphs, kept in this tab and sent nowhere.${isShown ? "" : " Open the evidence of a line to read its sentence."}`);
    } catch (error) {
      tell(error instanceof UnreadableError ? error.message : `“${file.name}” cannot be read. Choose the report as ${KINDS}.`, true);
    }
  }
  showSentences(document);
}

let timer = 0;

function tell(words: string, isTrouble = false): void {
  window.clearTimeout(timer);
  line.textContent = words;
  line.classList.toggle("trouble", isTrouble);
  // An open drawer that is modal hides all else from readers of screens.
  (document.querySelector("dialog.drawer:modal") ?? document.body).append(line);
  timer = window.setTimeout(() => (line.textContent = ""), isTrouble ? 30_000 : 10_000);
}

function store(name: string, text: string): void {
  memory.set(name, text);
  try {
    sessionStorage.setItem(KEY + name, text);
  } catch {
    // no room, or storage is not allowed: it is kept until the page is left
  }
}

/** The texts at hand, the newest last. */
function stored(): Map<string, string> {
  const found = new Map<string, string>();
  try {
    for (const key of Object.keys(sessionStorage).filter((one) => one.startsWith(KEY))) {
      found.set(key.slice(KEY.length), sessionStorage.getItem(key) ?? "");
    }
  } catch {
    // what this page has read itself is still there
  }
  memory.forEach((text, name) => found.set(name, text));
  return found;
}

function forgetAll(): void {
  memory.clear();
  try {
    Object.keys(sessionStorage).filter((key) => key.startsWith(KEY)).forEach((key) => sessionStorage.removeItem(key));
  } catch {
    // nothing is stored where storage is not allowed
  }
}

function parts(name: string, text: string): Part[] {
  const key = `${name}\n${text.length}`;
  const found = cut.get(key) ?? partsOf(text);
  cut.set(key, found);
  return found;
}

function quoted(anchors: readonly string[]): Node[] {
  return anchors.flatMap((anchor, at) => [...(at ? [document.createTextNode(" … ")] : []), wrapped("mark", anchor)]);
}

/** A paragraph with the words marked, and the sentences around them set off. */
function marked(text: string, spans: Found["spans"]): Node[] {
  const around = sentences(text).filter(([start, end]) => spans.some(([first, last]) => start < last && end > first));
  const borders = [0, text.length, ...spans.flat(), ...around.flat()];
  const edges = [...new Set(borders)].sort((a, b) => a - b);
  const isIn = (some: readonly (readonly [number, number])[], start: number, end: number) =>
    some.some(([first, last]) => first <= start && end <= last);
  return edges.slice(1).map((end, at) => {
    const start = edges[at]!;
    const piece = text.slice(start, end);
    if (isIn(spans, start, end)) return wrapped("mark", piece);
    return isIn(around, start, end) ? wrapped("span", piece, "sentence") : document.createTextNode(piece);
  });
}

function wrapped(tag: string, text: string, name = ""): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  if (name) made.className = name;
  return made;
}
