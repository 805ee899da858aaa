/**
 * The map module. `mount(element, payload, options)` puts the whole map into an element: picture,
 * legend and filters, search, evidence, ways, tables, and the view in the address.
 */

import { ConnectBox, FilterBox, SearchBox } from "./controls.js";
import { button, element } from "./dom.js";
import { shown as shownBy, type Filters, type Shown } from "./filters.js";
import { found as foundAt } from "./find.js";
import { Gestures } from "./gestures.js";
import { Model, type Actor, type Tie } from "./model.js";
import { Overlay } from "./overlay.js";
import { Panel } from "./panel.js";
import type { Payload } from "./payload.js";
import { plainRenderer } from "./plain.js";
import { hasVeryMany, isTie, type Engine, type Listener, type Renderer } from "./render.js";
import { counts, DARK, LIGHT, sentence, statusWords, type Bright, type Picture, type Point } from "./scene.js";
import { readState, START, writeState, type Camera, type Selection, type State } from "./state.js";
import { svgOf } from "./svg.js";
import { Tables } from "./table.js";
import { View, wholeOf } from "./view.js";

export interface Options {
  /** What draws from the first moment, and has hands of its own. */
  readonly drawing?: (stage: HTMLElement, model: Model, listener: Listener) => Renderer;
  /** What draws from the first moment, where this browser can draw so. */
  readonly engine?: Engine;
  /** What draws once a hand is on the picture, or at leisure where there is very much; until then canvases do. */
  readonly later?: () => Promise<Engine>;
  /** Whether the view stands in the address; it does, unless the page uses the address itself. */
  readonly address?: boolean;
  /** The name of the file of a download, without its ending. */
  readonly fileName?: string;
  /** Where the page about an actor or a claim stands, by its CURIE; without it none is linked. */
  readonly linkOf?: (id: string) => string;
  /** Whether the module shows the same facts as tables; it does, unless the page has them. */
  readonly tables?: boolean;
  /** Called when something else is chosen, with the claims of the ties that stand out for it. */
  readonly chosen?: (selection: Selection, claims: readonly string[]) => void;
}

export interface MountedMap {
  readonly model: Model;
  state(): State;
  /** With `isStep` false what is chosen is no step that the Back button could undo. */
  set(part: Partial<State>, isStep?: boolean): void;
  /** Makes the ties stand out too that have one of some claims; gives how many they are. */
  mark(claims: ReadonlySet<string> | null): number;
  /** The claims of the ties that stand out for what is chosen. */
  claims(): readonly string[];
  svg(): string;
  /** For tests: where things are on the stage. */
  readonly renderer: Renderer;
  readonly overlay: Overlay;
}

const WAIT_MS = 150;
const LEISURE_MS = 600;
/** How much of the window what is said may take when it comes into view. */
const REVEALED = 0.45;
const AIR = 12;
/** The width of a page of A4 between its margins, in pixels of CSS. */
const PAPER_WIDTH = 700;

/** Put the map into an element, all at once. */
export function mount(into: HTMLElement, payload: Payload, options: Options = {}): MountedMap {
  const steps = build(into, payload, options);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Put the map into an element, the picture first, and leave the page time to answer in between. */
export async function mountInSteps(into: HTMLElement, payload: Payload, options: Options = {}): Promise<MountedMap> {
  const steps = build(into, payload, options);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    await new Promise((next) => setTimeout(next));
  }
}

function* build(into: HTMLElement, payload: Payload, options: Options): Generator<void, MountedMap> {
  const model = new Model(payload);
  const usesAddress = options.address !== false;
  let state: State = usesAddress ? readState(location.hash) : START;
  let shown: Shown = shownBy(model, state.filters);
  let isReady = false;
  /** What was asked for before all was there. */
  let asked: Partial<State> = {};
  let hovered: Actor | null = null;
  let isWaiting = false;
  let timer = 0;
  let marked: readonly Tie[] = [];
  const darkness = matchMedia("(prefers-color-scheme: dark)");
  const printing = matchMedia("print");
  const theme = () => (darkness.matches && !printing.matches ? DARK : LIGHT);
  yield;

  const stage = element("div", {
    class: "cg-stage", tabindex: 0, role: "group",
    "aria-label": "Picture of the network. Arrow keys move it, plus and minus bring it nearer and " +
      "farther, zero shows all. The table holds the same facts.",
  });
  const tip = element("div", { class: "cg-tip", hidden: true, "aria-hidden": "true" });
  const caption = element("p", { class: "cg-about" });
  const choose = (selection: Selection) => {
    set({ selection });
    if (selection.what !== "nothing") {
      reveal();
      panel.element.focus({ preventScroll: true });
    }
  };
  const panel = new Panel(model, choose, (from) => connect.start(from),
    (around) => set({ filters: { ...state.filters, around }, camera: null }), options.linkOf);
  const search = new SearchBox(model, (words) => set({ words }), (actor) => choose({ what: "actor", id: actor.id }));
  const copied = element("span", { class: "cg-small", role: "status" });
  const tools = element("div", { class: "cg-tools", role: "group", "aria-label": "Picture" },
    button("+", () => zoom(1 / 1.35), { "aria-label": "Nearer", title: "Nearer" }),
    button("−", () => zoom(1.35), { "aria-label": "Farther", title: "Farther" }),
    button("Show all", () => set({ camera: null })),
    button("SVG", () => download(), { title: "Download what is shown as SVG" }),
    ...(usesAddress ? [button("Copy link", () => void copy(), { title: "Copy the address of this view" })] : []),
    copied);
  const left = element("div", { class: "cg-side cg-left" });
  const right = element("div", { class: "cg-side cg-right" });
  const onPaper = element("div", { class: "cg-on-paper", "aria-hidden": "true" });
  const frame = element("div", { class: "cg-frame" }, stage, tools);
  const isNarrow = matchMedia("(max-width: 62.49rem)");
  const figure = element("figure", { class: "cg-figure" }, frame, onPaper,
    element("figcaption", {}, caption,
      element("p", {}, `Source: ${payload.source}.`),
      element("details", { class: "cg-notes", open: !isNarrow.matches },
        element("summary", {}, "What it can and cannot show"),
        ...payload.notes.map((note) => element("p", {}, note)))));
  into.classList.add("cg-map");
  into.replaceChildren(left, figure, right, panel.live);
  stage.append(tip);

  const view = new View(stage, model);
  let picture = pictureOf(search.show(state.words, shown));
  const overlay = new Overlay(stage);
  const listener: Listener = {
    clicked,
    hovered(hit, at) {
      const actor = hit && !isTie(hit) ? hit : null;
      showTip(hit, at);
      if (actor !== hovered) {
        hovered = actor;
        drawn();
      }
    },
    moved(byHand) {
      if (byHand) remember();
    },
    drawn: () => drawn(),
  };
  let renderer: Renderer =
    options.drawing?.(stage, model, listener) ??
    options.engine?.(stage, model, view, picture, theme()) ??
    plainRenderer(view, drawn);
  const gestures = options.drawing ? null : new Gestures(stage, view, {
    clicked: (at, isCoarse) => listener.clicked(foundAt(view, picture, at, isCoarse)),
    hovered(at) {
      const hit = at && foundAt(view, picture, at, false);
      stage.dataset["over"] = hit ? "mark" : "paper";
      listener.hovered(hit, at ?? { x: 0, y: 0 });
    },
    looked(camera) {
      renderer.look(camera);
      drawn();
      remember();
    },
    began: () => wake(),
  });
  if (!gestures) stage.addEventListener("pointerleave", () => listener.hovered(null, { x: 0, y: 0 }));
  let engine: Promise<Engine> | null = null;
  let isAwake = false;
  stage.addEventListener("pointerenter", () => void fetched()?.catch(() => undefined));
  stage.addEventListener("keydown", (event) => {
    const acts: Record<string, () => void> = {
      ArrowLeft: () => move(-1, 0), ArrowRight: () => move(1, 0),
      ArrowUp: () => move(0, -1), ArrowDown: () => move(0, 1),
      "+": () => zoom(1 / 1.35), "=": () => zoom(1 / 1.35), "-": () => zoom(1.35), "0": () => set({ camera: null }),
    };
    const act = acts[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    wake();
    act();
  });
  showPicture();
  renderer.look(state.camera ?? whole());
  drawn();
  yield;

  const connect = new ConnectBox(model, (from, to, bound) =>
    choose({ what: "ways", from: from.id, to: to.id, bound }));
  right.append(search.element, connect.element);
  placePanel();
  panel.show(state.selection, shown);
  showEnds();
  yield;

  const filters = new FilterBox(model, (next: Filters) => set({ filters: next }));
  const legendFold = element("details", { class: "cg-fold", open: true },
    element("summary", {}, "Legend and filters"), filters.element);
  if (isNarrow.matches) legendFold.open = false;
  left.append(legendFold);
  filters.show(state.filters, theme());
  yield;

  const tables = new Tables(model, choose, (part) => set(part));
  if (options.tables !== false) {
    tables.show(state, shown);
    panel.live.before(tables.element);
    yield;
  }


  function clicked(hit: Actor | Tie | null): void {
    if (hit) {
      set({ selection: { what: isTie(hit) ? "tie" : "actor", id: hit.id } });
      reveal();
    } else if (state.selection.what !== "nothing") set({ selection: { what: "nothing" } });
  }

  /** Where there is one column, what is said stands next to the picture. */
  function placePanel(): void {
    if (isNarrow.matches) frame.after(panel.element);
    else right.append(panel.element);
  }

  /** Bring what is said into view, and leave in view what it is said of. */
  function reveal(): void {
    const { top, height } = panel.element.getBoundingClientRect();
    const below = top + Math.min(height, window.innerHeight * REVEALED) - window.innerHeight;
    if (top < 0) window.scrollBy(0, top - AIR);
    else if (below > 0) window.scrollBy(0, below + AIR);
  }

  /** The script of the engine, asked for once. */
  function fetched(): Promise<Engine> | null {
    return (engine ??= options.later?.() ?? null);
  }

  /** Let the engine draw from now on, as soon as no hand is on the picture; what is seen stays where it is. */
  function wake(): void {
    const coming = isAwake ? null : fetched();
    if (!coming) return;
    isAwake = true;
    const change = async () => {
      const draw = await coming;
      do await leisure();
      while (gestures?.isBusy);
      const next = draw(stage, model, view, picture, theme());
      if (!next) return;
      renderer = next;
      paint();
    };
    change().catch(() => undefined); // the canvases go on
  }

  function showTip(hit: Actor | Tie | null, at: Point): void {
    tip.hidden = !hit;
    if (!hit) return;
    tip.textContent = isTie(hit)
      ? `${sentence(hit)}\n${statusWords(hit)}${hit.paragraphs ? `, paragraph ${hit.paragraphs}` : ""}`
      : `${hit.name}\n${hit.kind}`;
    const left = Math.max(4, Math.min(at.x + 14, stage.clientWidth - tip.offsetWidth - 4));
    const top = at.y + 18 + tip.offsetHeight > stage.clientHeight ? at.y - tip.offsetHeight - 12 : at.y + 18;
    tip.style.left = `${left}px`;
    tip.style.top = `${Math.max(4, top)}px`;
  }

  function paint(): void {
    overlay.draw(renderer, picture, theme(), hovered);
  }

  function drawn(): void {
    if (isWaiting) return;
    isWaiting = true;
    requestAnimationFrame(() => {
      isWaiting = false;
      paint();
    });
  }

  function whole(): Camera {
    return wholeOf(picture.actors, stage);
  }

  function zoom(factor: number): void {
    wake();
    const camera = renderer.camera();
    set({ camera: { ...camera, span: camera.span * factor } });
  }

  function move(right: number, down: number): void {
    const camera = renderer.camera();
    const step = camera.span / 10;
    set({ camera: { ...camera, x: camera.x + right * step, y: camera.y + down * step } });
  }

  function remember(): void {
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      state = { ...state, camera: renderer.camera() };
      writeAddress();
    }, WAIT_MS);
  }

  function writeAddress(isStep = false): void {
    if (!usesAddress) return;
    const hash = writeState(state);
    if (location.hash.replace(/^#/, "") !== hash) {
      const address = hash ? `#${hash}` : location.pathname + location.search;
      if (isStep) history.pushState(null, "", address);
      else history.replaceState(null, "", address);
    }
  }

  function claims(): readonly string[] {
    const ties = panel.bright(state.selection, shown)?.ties ?? new Set<Tie>();
    return [...new Set([...ties].flatMap((tie) => tie.claims.map(({ id }) => id)))];
  }

  function mark(wanted: ReadonlySet<string> | null): number {
    marked = wanted ? model.ties.filter((tie) => tie.claims.some(({ id }) => wanted.has(id))) : [];
    panel.marked = marked;
    panel.show(state.selection, shown);
    show(state);
    return marked.length;
  }

  /** What stands out: what is chosen here, and the ties that the page has marked. */
  function brightness(found: readonly Actor[]): Bright | null {
    const own = panel.bright(state.selection, shown);
    const ties = marked.filter((tie) => shown.tieSet.has(tie));
    if (ties.length) {
      const ends = ties.flatMap((tie) => [tie.source, tie.target]);
      return {
        first: own?.first ?? new Set(ends),
        actors: new Set([...(own?.actors ?? []), ...ends]),
        ties: new Set([...(own?.ties ?? []), ...ties]),
      };
    }
    if (own || !state.words.trim() || !found.length) return own;
    return { first: new Set(found), actors: new Set(found), ties: new Set<Tie>() };
  }

  function set(part: Partial<State>, isStep = true): void {
    if (!isReady) {
      asked = { ...asked, ...part };
      return;
    }
    const before = state;
    state = { ...state, ...part };
    if (part.table && part.table !== before.table && !part.sort) state = { ...state, sort: null };
    show(before);
    clearTimeout(timer);
    writeAddress(isStep && before.selection !== state.selection);
    if (before.selection !== state.selection) options.chosen?.(state.selection, claims());
  }

  function pictureOf(found: readonly Actor[]): Picture {
    return { actors: shown.actors, ties: shown.tieSet, bright: brightness(found) };
  }

  function showPicture(): void {
    caption.textContent = `${payload.about} Shown: ${counts(model, picture)}.`;
    renderer.show(picture, theme());
  }

  function showEnds(): void {
    if (state.selection.what !== "ways") return;
    connect.show(model.actor(state.selection.from), model.actor(state.selection.to), state.selection.bound);
  }

  function show(before: State | null): void {
    const isNewFilter = !before || before.filters !== state.filters;
    if (isNewFilter) shown = shownBy(model, state.filters);
    picture = pictureOf(search.show(state.words, shown));
    const isNewChoice = !before || before.selection !== state.selection;
    filters.show(state.filters, theme());
    if (isNewFilter || isNewChoice) panel.show(state.selection, shown);
    if (isNewChoice) showEnds();
    if (isNewFilter || isNewChoice || before.sort !== state.sort || before.table !== state.table) {
      tables.show(state, shown);
    }
    showPicture();
    if (!before || before.camera !== state.camera || (isNewFilter && !state.camera)) renderer.look(state.camera ?? whole());
    drawn();
  }

  function download(): void {
    const link = element("a", {
      href: URL.createObjectURL(new Blob([svgOf(model, picture, LIGHT)], { type: "image/svg+xml" })),
      download: `${options.fileName ?? "map"}.svg`,
    });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  async function copy(): Promise<void> {
    writeAddress();
    try {
      await navigator.clipboard.writeText(location.href);
      copied.textContent = "Copied";
    } catch {
      copied.textContent = "Copy the address from the address bar.";
    }
    setTimeout(() => (copied.textContent = ""), 4000);
  }

  isNarrow.addEventListener("change", placePanel);
  darkness.addEventListener("change", () => show(null));
  printing.addEventListener("change", () => show(null));
  // On paper the picture is lines and letters, as wide as the paper.
  window.addEventListener("beforeprint", () => {
    const read = new DOMParser().parseFromString(svgOf(model, picture, LIGHT, PAPER_WIDTH), "image/svg+xml");
    onPaper.replaceChildren(document.importNode(read.documentElement, true));
  });
  window.addEventListener("afterprint", () => onPaper.replaceChildren());
  if (usesAddress) {
    window.addEventListener("hashchange", () => {
      const before = state;
      state = readState(location.hash);
      if (writeState(before) === writeState(state)) return;
      show(null);
      if (JSON.stringify(before.selection) !== JSON.stringify(state.selection)) {
        options.chosen?.(state.selection, claims());
      }
    });
  }
  new ResizeObserver(() => {
    if (!view.fit()) return;
    renderer.resize();
    renderer.look(state.camera ?? whole());
    drawn();
  }).observe(stage);
  isReady = true;
  if (Object.keys(asked).length) set(asked);
  if (hasVeryMany(model)) wake();
  return {
    model, state: () => state, set, mark, claims, svg: () => svgOf(model, picture, theme()), overlay,
    get renderer() { return renderer; },
  };
}

/** A moment in which nothing else is to be done. */
function leisure(): Promise<void> {
  return new Promise((done) => {
    if ("requestIdleCallback" in window) requestIdleCallback(() => done(), { timeout: LEISURE_MS });
    else setTimeout(done, 50);
  });
}
