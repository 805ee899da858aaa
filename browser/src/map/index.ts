/**
 * The map module. `mount(element, payload, options)` puts the whole map into an element: picture,
 * legend and filters, search, evidence, ways, tables, and the view in the address.
 */

import "./map.css";
import { ConnectBox, FilterBox, SearchBox } from "./controls.js";
import { button, element } from "./dom.js";
import { shown as shownBy, type Filters, type Shown } from "./filters.js";
import { Model, type Actor, type Tie } from "./model.js";
import { Overlay } from "./overlay.js";
import { Panel } from "./panel.js";
import type { Payload } from "./payload.js";
import { isTie, type Listener, type Renderer } from "./render.js";
import { bounds, counts, DARK, LIGHT, sentence, statusWords, type Bright, type Picture, type Point } from "./scene.js";
import { sigmaRenderer } from "./sigma.js";
import { readState, START, writeState, type Camera, type Selection, type State } from "./state.js";
import { stillRenderer } from "./still.js";
import { svgOf } from "./svg.js";
import { Tables } from "./table.js";
import { visRenderer, type Drawing } from "./vis.js";

export interface Options {
  /** What pyvis has drawn; without it sigma draws. */
  readonly drawing?: Drawing;
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

export function mount(into: HTMLElement, payload: Payload, options: Options = {}): MountedMap {
  const model = new Model(payload);
  const usesAddress = options.address !== false;
  let state: State = usesAddress ? readState(location.hash) : START;
  let shown: Shown = shownBy(model, state.filters);
  let picture: Picture = { actors: shown.actors, ties: shown.tieSet, bright: null };
  let hovered: Actor | null = null;
  let marked: readonly Tie[] = [];
  const darkness = matchMedia("(prefers-color-scheme: dark)");
  const printing = matchMedia("print");
  const theme = () => (darkness.matches && !printing.matches ? DARK : LIGHT);

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
      panel.element.scrollIntoView({ block: "nearest" });
      panel.element.focus({ preventScroll: true });
    }
  };
  const panel = new Panel(model, choose, (from) => connect.start(from),
    (around) => set({ filters: { ...state.filters, around }, camera: null }), options.linkOf);
  const filters = new FilterBox(model, (next: Filters) => set({ filters: next }));
  const connect = new ConnectBox(model, (from, to, bound) =>
    choose({ what: "ways", from: from.id, to: to.id, bound }));
  const search = new SearchBox(model, (words) => set({ words }), (actor) => choose({ what: "actor", id: actor.id }));
  const tables = new Tables(model, choose, (part) => set(part));
  const copied = element("span", { class: "cg-small", role: "status" });
  const tools = element("div", { class: "cg-tools", role: "group", "aria-label": "Picture" },
    button("+", () => zoom(1 / 1.35), { "aria-label": "Nearer", title: "Nearer" }),
    button("−", () => zoom(1.35), { "aria-label": "Farther", title: "Farther" }),
    button("Show all", () => set({ camera: null })),
    button("SVG", () => download(), { title: "Download what is shown as SVG" }),
    ...(usesAddress ? [button("Copy link", () => void copy(), { title: "Copy the address of this view" })] : []),
    copied);
  const legendFold = element("details", { class: "cg-fold", open: true },
    element("summary", {}, "Legend and filters"), filters.element);
  if (window.innerWidth < 1000) legendFold.open = false;
  into.classList.add("cg-map");
  into.replaceChildren(
    element("div", { class: "cg-side cg-left" }, legendFold),
    element("figure", { class: "cg-figure" }, element("div", { class: "cg-frame" }, stage, tools),
      element("figcaption", {}, caption,
        element("p", {}, `Source: ${payload.source}.`),
        ...payload.notes.map((note) => element("p", {}, note)))),
    element("div", { class: "cg-side cg-right" }, search.element, connect.element, panel.element),
    ...(options.tables === false ? [] : [tables.element]), panel.live);

  const listener: Listener = {
    clicked(found) {
      const hit = found ?? tieUnderPointer();
      if (hit) {
        set({ selection: { what: isTie(hit) ? "tie" : "actor", id: hit.id } });
        panel.element.scrollIntoView({ block: "nearest" });
      } else if (state.selection.what !== "nothing") set({ selection: { what: "nothing" } });
    },
    hovered(found, at) {
      const hit = found ?? overlay.tieAt(renderer, picture, at);
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
  let pointer: Point = { x: -100, y: -100 };
  stage.addEventListener("pointermove", (event) => (pointer = onStage(event)), { capture: true });
  stage.addEventListener("pointerdown", (event) => (pointer = onStage(event)), { capture: true });
  stage.addEventListener("pointerleave", () => listener.hovered(null, { x: -100, y: -100 }));
  const overlay = new Overlay(stage, model);
  const renderer = drawnWith(options.drawing);
  stage.append(tip);

  function drawnWith(drawing: Drawing | undefined): Renderer {
    if (drawing) return visRenderer(stage, model, drawing, listener);
    const canvas = document.createElement("canvas");
    return canvas.getContext("webgl2") || canvas.getContext("webgl")
      ? sigmaRenderer(stage, model, listener)
      : stillRenderer(stage, model, listener);
  }

  function onStage(event: PointerEvent): Point {
    const box = stage.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  function tieUnderPointer(): Tie | null {
    return overlay.tieAt(renderer, picture, pointer);
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

  let isWaiting = false;
  function drawn(): void {
    if (isWaiting) return;
    isWaiting = true;
    requestAnimationFrame(() => {
      isWaiting = false;
      overlay.draw(renderer, picture, theme(), hovered);
    });
  }

  function whole(): Camera {
    // Room for the labels at the edge, and for the buttons below.
    const box = bounds(picture.actors);
    const [width, height] = [Math.max(stage.clientWidth, 200), Math.max(stage.clientHeight, 200)];
    const aside = Math.min(84, width * 0.13);
    const [above, below] = [34, 96];
    const scale = Math.min(
      (width - 2 * aside) / Math.max(box.max.x - box.min.x, 1),
      (height - above - below) / Math.max(box.max.y - box.min.y, 1),
      1.3,
    );
    return {
      x: (box.min.x + box.max.x) / 2,
      y: (box.min.y + box.max.y) / 2 + (below - above) / 2 / scale,
      span: Math.min(width, height) / scale,
    };
  }

  function zoom(factor: number): void {
    const camera = renderer.camera();
    set({ camera: { ...camera, span: camera.span * factor } });
  }

  function move(right: number, down: number): void {
    const camera = renderer.camera();
    const step = camera.span / 10;
    set({ camera: { ...camera, x: camera.x + right * step, y: camera.y + down * step } });
  }

  stage.addEventListener("keydown", (event) => {
    const acts: Record<string, () => void> = {
      ArrowLeft: () => move(-1, 0), ArrowRight: () => move(1, 0),
      ArrowUp: () => move(0, -1), ArrowDown: () => move(0, 1),
      "+": () => zoom(1 / 1.35), "=": () => zoom(1 / 1.35), "-": () => zoom(1.35), "0": () => set({ camera: null }),
    };
    const act = acts[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  });

  let timer = 0;
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
    const before = state;
    state = { ...state, ...part };
    if (part.table && part.table !== before.table && !part.sort) state = { ...state, sort: null };
    show(before);
    clearTimeout(timer);
    writeAddress(isStep && before.selection !== state.selection);
    if (before.selection !== state.selection) options.chosen?.(state.selection, claims());
  }

  function show(before: State | null): void {
    const isNewFilter = !before || before.filters !== state.filters;
    if (isNewFilter) shown = shownBy(model, state.filters);
    const found = search.show(state.words, shown);
    picture = { actors: shown.actors, ties: shown.tieSet, bright: brightness(found) };
    filters.show(state.filters, theme());
    if (!before || isNewFilter || before.selection !== state.selection) panel.show(state.selection, shown);
    if (state.selection.what === "ways" && before?.selection !== state.selection) {
      connect.show(model.actor(state.selection.from), model.actor(state.selection.to), state.selection.bound);
    }
    if (!before || isNewFilter || before.sort !== state.sort || before.table !== state.table || before.selection !== state.selection) {
      tables.show(state, shown);
    }
    caption.textContent = `${payload.about} Shown: ${counts(model, picture)}.`;
    renderer.show(picture, theme());
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

  darkness.addEventListener("change", () => show(null));
  printing.addEventListener("change", () => show(null));
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
    renderer.resize();
    renderer.look(state.camera ?? whole());
    drawn();
  }).observe(stage);
  show(null);
  return { model, state: () => state, set, mark, claims, svg: () => svgOf(model, picture, theme()), renderer, overlay };
}

declare global {
  interface Window {
    copGraphMap: { mount: typeof mount };
  }
}

window.copGraphMap = { mount };
