/**
 * A report that is dropped on the page: read here, kept for this tab alone, sent nowhere. With it
 * the words of a claim are shown within their paragraph.
 */

const KEY = "cop-graph-report-";

export function readDroppedReports(): void {
  const page = document.documentElement;
  document.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    page.classList.add("is-dragging");
  });
  document.addEventListener("dragleave", () => page.classList.remove("is-dragging"));
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
  within.querySelectorAll<HTMLElement>(".record").forEach((record) => {
    const quote = record.querySelector<HTMLElement>("[data-anchors]");
    if (!quote) return;
    const anchors = [...quote.querySelectorAll("mark")].map((mark) => mark.textContent ?? "");
    const text = stored(record.dataset["report"] ?? "");
    const paragraph = text && find(text, record.dataset["paragraph"] ?? "", anchors);
    if (paragraph) {
      quote.replaceChildren(...marked(paragraph, anchors));
      quote.className = "text";
      quote.removeAttribute("data-anchors");
      const note = quote.nextElementSibling;
      if (note) note.textContent = "Read from your own file; it stays in your browser.";
    } else {
      offer(record);
    }
  });
}

function offer(record: HTMLElement): void {
  const place = record.querySelector<HTMLElement>("[data-drop]");
  if (!place || place.querySelector("input")) return;
  place.hidden = false;
  const label = document.createElement("label");
  label.textContent = "Or choose it: ";
  const input = document.createElement("input");
  input.type = "file";
  input.accept = ".txt,text/plain";
  input.addEventListener("change", () => void keep(input.files ?? []));
  label.append(input);
  place.append(document.createElement("br"), label);
}

async function keep(files: Iterable<File> | ArrayLike<File>): Promise<void> {
  for (const file of Array.from(files as ArrayLike<File>)) {
    const text = await file.text();
    try {
      sessionStorage.setItem(KEY + file.name.replace(/\.[^.]*$/, ""), text);
    } catch {
      continue; // no room, or storage is not allowed: the anchors stay
    }
  }
  showSentences(document);
}

/** Gives the text of a report by its name; one that has another name is taken if it is alone. */
function stored(name: string): string | null {
  try {
    const named = sessionStorage.getItem(KEY + name);
    if (named !== null) return named;
    const keys = Object.keys(sessionStorage).filter((key) => key.startsWith(KEY));
    return keys.length === 1 && keys[0] ? sessionStorage.getItem(keys[0]) : null;
  } catch {
    return null;
  }
}

function find(text: string, number: string, anchors: string[]): string | null {
  const lines = text.split(/\r?\n/).map((line) => line.replace(/\s+/g, " ").trim());
  const holding = lines.filter((line) => anchors.every((anchor) => line.includes(anchor)));
  const numbered = holding.find((line) => line.startsWith(`${number} `) || line.startsWith(`${number}. `));
  return numbered ?? holding[0] ?? null;
}

function marked(text: string, anchors: string[]): Node[] {
  const spans = anchors
    .map((anchor) => ({ start: text.indexOf(anchor), end: text.indexOf(anchor) + anchor.length }))
    .sort((a, b) => a.start - b.start);
  const nodes: Node[] = [];
  let at = 0;
  for (const { start, end } of spans) {
    if (start < at) continue;
    const mark = document.createElement("mark");
    mark.textContent = text.slice(start, end);
    nodes.push(document.createTextNode(text.slice(at, start)), mark);
    at = end;
  }
  nodes.push(document.createTextNode(text.slice(at)));
  return nodes;
}
