/**
 * Linked views: what is chosen is marked wherever a mark, a row, a line or a tie has a claim that
 * belongs to it, all else steps back, and one line says what is chosen and how much of it is here.
 */

import { openEvidence } from "./drawer";
import { root } from "./search";
import {
  choose,
  current,
  followAddress,
  hashOf,
  meaningOf,
  MOST_CLAIMS,
  ofClaims,
  onChange,
  type Meaning,
  type Selection,
} from "./selection";

/** How much of a view belongs to what is chosen. */
export interface Held {
  readonly held: number;
  readonly all: number;
  /** What is counted, in the plural. */
  readonly what: string;
  /** How many of those held have no mark in the picture. */
  readonly undrawn: number;
}

/** A map on the page: marks the ties that have one of some claims, and counts them. */
export interface MapView {
  mark(claims: ReadonlySet<string> | null): Held;
  /** Whether it is the whole view, and not beside a table that says the same. */
  readonly isAlone: boolean;
}

const EVIDENCE = "a:is([data-evidence], [data-claims])";
const APART = ".cg-map, .drawer, .chosen";
const VIEWS = { map: "Network", world: "World", timeline: "Timeline", matrix: "Who works on what" };
const maps: MapView[] = [];
const live = document.createElement("p");
let belonging: ReadonlySet<string> | null = null;

/** Lets a map take part; it is told at once what is chosen. */
export function linkMap(view: MapView): void {
  maps.push(view);
  view.mark(belonging);
  void show(current());
}

export function linkViews(): void {
  const isView = !!document.querySelector(".views, [data-selects]");
  live.className = "hidden";
  live.setAttribute("role", "status");
  document.body.append(live);
  equipNames();
  document.addEventListener("click", pick);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") pick(event);
    if (event.key === "Escape" && !event.defaultPrevented && !isBusy(event.target)) clear();
  });
  onChange((selection) => void show(selection));
  followAddress(isView);
}

/** Whether Escape means something nearer than to choose nothing. */
function isBusy(target: EventTarget | null): boolean {
  return !!document.querySelector("dialog[open]") || !!(target as Element | null)?.closest?.("input, select, textarea");
}

function clear(): void {
  if (!current()) return;
  const isLost = !!document.activeElement?.closest(".chosen");
  choose("");
  if (isLost) document.querySelector<HTMLElement>("#content")?.focus({ preventScroll: true });
}

/** Names in a picture are chosen as marks are. */
function equipNames(): void {
  document.querySelectorAll<SVGElement>(".picture [data-thing]").forEach((name) => {
    name.setAttribute("tabindex", "0");
    name.setAttribute("role", "button");
    name.setAttribute("aria-pressed", "false");
  });
}

function pick(event: MouseEvent | KeyboardEvent): void {
  const target = event.target as Element;
  if (target.closest("a, button, summary, input, select, textarea, dialog")) return;
  const name = target.closest<SVGElement>(".picture [data-thing]");
  if (name) {
    event.preventDefault();
    choose(named(name.dataset["thing"] ?? "", event.shiftKey));
    return;
  }
  const mark = target.closest<SVGElement>(".picture [data-claims]");
  if (mark) {
    choose(ofClaims((mark.dataset["claims"] ?? "").split(" ").filter((one) => one)) || current());
    return;
  }
  // Words are also selected to be copied: that chooses nothing.
  const row = event.type === "click" && !String(getSelection()) && target.closest<HTMLElement>("main table.answer tbody tr");
  if (row && !row.closest(APART)) {
    const thing = row.dataset["thing"];
    const selection = ofClaims(claimsOf(row)) || (thing ? `actor=${thing}` : firstThing(row));
    if (selection) choose(selection);
  }
}

/** A name stands for its thing, a year for what is dated in it; with Shift, from year to year. */
function named(thing: string, isSpan: boolean): Selection {
  const year = /^year:(\d+)$/.exec(thing)?.[1];
  if (!year) return `actor=${thing}`;
  const span = /^years=(\d+)-(\d+)$/.exec(current());
  const years = [Number(year), ...(isSpan && span ? [Number(span[1]), Number(span[2])] : [])];
  return `years=${Math.min(...years)}-${Math.max(...years)}`;
}

/** What a row is about, where it has more claims than an address should name. */
function firstThing(row: HTMLElement): Selection {
  if (claimsOf(row).length <= MOST_CLAIMS) return "";
  const link = row.querySelector<HTMLAnchorElement>("td a:not([data-evidence])");
  const found = link && /\/(id|ontology)\/([^/?#]+)$/.exec(new URL(link.href).pathname);
  return found ? `actor=${found[1] === "id" ? "copd" : "cop"}:${decodeURIComponent(found[2]!)}` : "";
}

/** The claims behind a row or line: those that its links to the evidence lead to. */
function claimsOf(unit: Element): string[] {
  return [...unit.querySelectorAll<HTMLAnchorElement>(EVIDENCE)].flatMap(claimsAt);
}

function claimsAt(link: HTMLAnchorElement): string[] {
  if (link.dataset["claims"]) return link.dataset["claims"].split(" ");
  const found = /\/id\/((?:claim|remark)-[^/?#]+)$/.exec(new URL(link.href, location.href).pathname);
  return found ? [`copd:${decodeURIComponent(found[1]!)}`] : [];
}

let turn = 0;

async function show(selection: Selection): Promise<void> {
  const mine = ++turn;
  carry(selection);
  if (!selection) {
    mark(null, selection);
    document.querySelector(".chosen")?.remove();
    document.documentElement.classList.remove("has-line");
    live.textContent = live.textContent ? "Nothing is chosen." : "";
    return;
  }
  let meaning: Meaning | null = null;
  let trouble = "The address names something that is not in here: nothing is chosen.";
  try {
    meaning = await meaningOf(selection);
  } catch {
    trouble = "What is chosen cannot be shown: the server does not answer. Load the page again.";
  }
  if (mine !== turn) return;
  const found = mark(meaning && new Set(meaning.claims), selection, meaning);
  const words = meaning ? sentence(meaning, found) : trouble;
  tell(selection, meaning, words, found);
}

/** Marks the whole page, and counts. */
function mark(claims: ReadonlySet<string> | null, selection: Selection, meaning?: Meaning | null): Held {
  belonging = claims;
  const units = new Set<Element>();
  const within = new Set<Element>();
  document.querySelectorAll<HTMLAnchorElement>(`main ${EVIDENCE}`).forEach((link) => {
    const unit = link.closest("tr, li");
    if (!unit || unit.closest(APART)) return;
    units.add(unit);
    if (claims && claimsAt(link).some((claim) => claims.has(claim))) within.add(unit);
  });
  document.querySelectorAll<HTMLElement>("tr[data-fact]").forEach((row) => {
    units.add(row); // some, as that no place is said of an actor, have no claim
    if (claims && row.dataset["thing"] && selection === `actor=${row.dataset["thing"]}`) within.add(row);
  });
  const facts = new Set([...within].map((unit) => (unit as HTMLElement).dataset["fact"] ?? ""));
  const drawn = new Set<string>();
  document.querySelectorAll<SVGElement>(".picture [data-fact]").forEach((shape) => {
    const fact = shape.dataset["fact"] ?? "";
    const isWithin = !!claims && (shape.dataset["claims"] ?? "").split(" ").some((claim) => claims.has(claim));
    if (isWithin) drawn.add(fact);
    shape.classList.toggle("is-chosen", isWithin);
  });
  const about = new Set([
    ...(selection.startsWith("actor=") ? [selection.slice("actor=".length)] : []),
    ...(meaning?.things.map((thing) => thing.curie) ?? []),
  ]);
  document.querySelectorAll<SVGElement>(".picture [data-thing]").forEach((name) => {
    const thing = name.dataset["thing"] ?? "";
    const isWithin = about.has(thing) || isInSpan(thing, selection);
    name.classList.toggle("is-chosen", isWithin);
    name.setAttribute("aria-pressed", String(isWithin));
  });
  const isPicture = !!document.querySelector("[data-selects]");
  const counts = maps.map((view) => ({ view, held: view.mark(claims) }));
  const alone = counts.find(({ view }) => view.isAlone);
  const held = alone?.held ?? {
    held: within.size,
    all: units.size,
    what: isPicture ? "marks" : [...units].every((unit) => unit.matches("tr")) ? "rows" : "lines",
    undrawn: isPicture ? [...facts].filter((fact) => !drawn.has(fact)).length : 0,
  };
  units.forEach((unit) => {
    unit.classList.add("unit");
    unit.classList.toggle("is-chosen", within.has(unit));
    const fold = within.has(unit) && unit.closest("details");
    if (fold) fold.open = true;
  });
  document.documentElement.classList.toggle("has-choice", held.held > 0);
  return held;
}

function isInSpan(thing: string, selection: Selection): boolean {
  const year = /^year:(\d+)$/.exec(thing);
  const span = /^years=(\d+)-(\d+)$/.exec(selection);
  return !!year && !!span && Number(span[1]) <= Number(year[1]) && Number(year[1]) <= Number(span[2]);
}

const counted = (count: number, what: string) => `${count} ${count === 1 ? what.replace(/s$/, "") : what}`;

/** Says how much of what is chosen is on the page; never nothing where nothing is. */
function sentence(meaning: Meaning, { held, all, what, undrawn }: Held): string {
  const much = counted(meaning.claims.length, "claims");
  if (!all) return "nothing of it on this page, which shows no claim";
  if (!held) return `nothing of it on this page: none of its ${much} is among the ${counted(all, what)} here`;
  const rest = undrawn ? `, ${undrawn} of them in the table alone` : "";
  return `${held} of ${counted(all, what)} on this page${rest}`;
}

/** Puts up the line that says what is chosen, and reads it out. */
function tell(selection: Selection, meaning: Meaning | null, words: string, found: Held): void {
  const line = document.createElement("section");
  line.className = "chosen";
  line.setAttribute("aria-label", "What is chosen");
  const said = document.createElement("p");
  if (meaning) {
    said.append(link(meaning.words, meaning.address, "what"));
    if (meaning.kind) said.append(quiet(` ${meaning.kind}`));
    if (meaning.doubt) said.append(quiet(` ${meaning.doubt}`, "plan"));
    said.append(` – ${words}. `);
  } else said.append(words);
  const acts = document.createElement("p");
  acts.className = "acts";
  if (meaning && !found.held) acts.append(...widened());
  if (meaning) {
    const here = meaning.claims.filter((claim) => isHere(claim));
    const read = here.length ? here : meaning.claims;
    if (read.length) acts.append(button("Evidence", () => openEvidence(read)));
    if (!document.querySelector(".views")) {
      for (const [name, title] of Object.entries(VIEWS)) acts.append(link(title, `${root}/${name}#${hashOf(selection)}`));
    }
    meaning.things.slice(0, 2).forEach((thing) => {
      const one = button(thing.label, () => choose(`actor=${thing.curie}`), "instead");
      one.title = `Choose ${thing.label} instead`;
      acts.append(one);
    });
  }
  acts.append(button("Clear", clear));
  line.append(said, acts);
  const old = document.querySelector(".chosen");
  const focused = old?.contains(document.activeElement) ?? false;
  if (old) old.replaceWith(line);
  else document.querySelector("main")?.prepend(line);
  if (focused) line.querySelector<HTMLElement>("button")?.focus({ preventScroll: true });
  document.documentElement.classList.add("has-line");
  live.textContent = meaning ? `Chosen: ${meaning.words}, ${[meaning.doubt, words].filter((part) => part).join(", ")}.` : words;
}

/** Where a page is narrowed, the way to the whole of it. */
function widened(): Node[] {
  const address = new URL(location.href);
  const isView = !!document.querySelector(".views");
  const names = ["actor", "theme", "focus"].filter((name) => isView && address.searchParams.get(name));
  if (!names.length) return [];
  names.forEach((name) => address.searchParams.delete(name));
  return [link("Look in all of it", `${address.pathname}${address.search}#${hashOf(current())}`)];
}

function isHere(claim: string): boolean {
  const name = CSS.escape(claim.replace(/^copd:/, ""));
  return !!document.querySelector(`main .unit a:is([href$="/id/${name}"], [data-claims~="${CSS.escape(claim)}"]), .picture [data-claims~="${CSS.escape(claim)}"]`);
}

/** The links between the views take along what is chosen. */
function carry(selection: Selection): void {
  document.querySelectorAll<HTMLAnchorElement>("a[data-linked]").forEach((one) => {
    one.hash = hashOf(selection);
  });
}

function link(text: string, address: string, name = ""): HTMLAnchorElement {
  const made = document.createElement("a");
  made.textContent = text;
  made.href = address;
  if (name) made.className = name;
  return made;
}

function button(text: string, act: () => void, name = ""): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  if (name) made.className = name;
  made.addEventListener("click", act);
  return made;
}

function quiet(text: string, name = ""): HTMLSpanElement {
  const made = document.createElement("span");
  made.className = `note ${name}`.trim();
  made.textContent = text;
  return made;
}
