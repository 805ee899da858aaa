/**
 * What is chosen in one picture is chosen in all: marks and rows that are about the same thing
 * stand out together, the thing stands in the address, and the links between the pictures carry it.
 */

import { search } from "./search";

/** A thing as its CURIE; nothing where nothing is chosen. */
const chosen = (): string => new URLSearchParams(location.hash.slice(1)).get("actor") ?? "";

/** Puts a thing into the address and shows it. */
export function select(thing: string, fact = ""): void {
  if (thing !== chosen()) {
    const hash = thing ? `#${new URLSearchParams({ actor: thing })}` : "";
    history.replaceState(null, "", `${location.pathname}${location.search}${hash}`);
  }
  show(fact);
}

/** Lets marks and rows of a page be chosen, and shows what the address names. */
export function linkViews(): void {
  const links = document.querySelectorAll("a[data-linked]");
  const rows = document.querySelectorAll("tr[data-things]");
  if (!links.length && !rows.length) return;
  if (document.querySelector("[data-selects]")) {
    document.addEventListener("click", choose);
    document.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") choose(event);
      if (event.key === "Escape" && !document.querySelector("dialog[open]")) select("");
    });
  }
  document.addEventListener("click", carry, { capture: true });
  window.addEventListener("hashchange", () => show());
  show();
}

function choose(event: Event): void {
  const target = event.target as Element;
  if (target.closest("a, button, summary, input, dialog")) return;
  const place = target.closest<HTMLElement | SVGElement>(".picture [data-fact], tr[data-fact]");
  if (!place) return;
  const fact = place.dataset["fact"] ?? "";
  const row = document.querySelector<HTMLElement>(`tr[data-fact="${CSS.escape(fact)}"]`);
  const [first] = (row?.dataset["things"] ?? "").split(" ");
  if (first) select(first, fact);
}

/** A link between pictures takes what is chosen along. */
function carry(event: Event): void {
  const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-linked]");
  if (!link) return;
  const thing = chosen();
  const isMap = new URL(link.href).pathname.endsWith("/map");
  const state = thing ? new URLSearchParams({ actor: thing, ...(isMap ? { around: thing } : {}) }) : "";
  link.hash = String(state);
}

function show(fact = ""): void {
  const thing = chosen();
  const about = new Set<string>();
  let first: HTMLElement | null = null;
  document.querySelectorAll<HTMLElement>("tr[data-things]").forEach((row) => {
    const isAbout = !!thing && (row.dataset["things"] ?? "").split(" ").includes(thing);
    const name = row.dataset["fact"] ?? "";
    if (isAbout && name) about.add(name);
    if (isAbout) first ??= row;
    row.classList.toggle("is-chosen", isAbout);
    row.classList.toggle("is-here", isAbout && !!fact && name === fact);
  });
  const picture = document.querySelector(".picture[data-selects]");
  picture?.classList.toggle("has-choice", about.size > 0);
  picture?.querySelectorAll<SVGElement>("[data-fact]").forEach((mark) => {
    mark.classList.toggle("is-chosen", about.has(mark.dataset["fact"] ?? ""));
  });
  void say(thing, document.querySelectorAll("tr.is-chosen").length);
}

/** Says what is chosen, and how to choose nothing again. */
async function say(thing: string, count: number): Promise<void> {
  const picture = document.querySelector<HTMLElement>("[data-selects]");
  if (!picture) return;
  let line = document.querySelector<HTMLElement>(".chosen");
  if (!thing) {
    line?.remove();
    return;
  }
  if (!line) {
    line = document.createElement("p");
    line.className = "chosen";
    line.setAttribute("role", "status");
    picture.before(line);
  }
  const clear = document.createElement("button");
  clear.type = "button";
  clear.textContent = "Choose nothing";
  clear.addEventListener("click", () => select(""));
  const rows = count === 1 ? "1 row" : `${count} rows`;
  const words = document.createElement("span");
  const label = await nameOf(thing);
  if (thing !== chosen()) return;
  words.textContent = count
    ? `Chosen: ${label}, in ${rows} of this picture`
    : `Chosen: ${label}. This picture shows nothing of it`;
  line.replaceChildren(words, clear);
}

const names = new Map<string, string>();

async function nameOf(thing: string): Promise<string> {
  const known = names.get(thing);
  if (known) return known;
  let found = thing.slice(thing.indexOf(":") + 1).replace(/^[a-z]+-/, "").replaceAll("-", " ");
  try {
    const { hits } = await search(found, "", new AbortController().signal);
    found = hits.find((hit) => hit.curie === thing)?.label ?? found;
  } catch {
    // its name in the address will do
  }
  names.set(thing, found);
  return found;
}
