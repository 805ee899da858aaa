/** Draws with vis-network, which pyvis has set up in the page already. */

import type { Actor, Model, Tie } from "./model.js";
import type { Shape } from "./payload.js";
import type { Listener, Renderer } from "./render.js";
import { colourOn, FADED, type Picture, type Theme } from "./scene.js";

/** vis-network draws stars smaller than dots of the same size. */
const GROWN: Partial<Record<Shape, number>> = { star: 1.7 };

interface DataSet {
  update(records: readonly Readonly<Record<string, unknown>>[]): void;
}

interface Pointer {
  readonly pointer: { readonly DOM: { readonly x: number; readonly y: number } };
  readonly nodes?: readonly string[];
  readonly edges?: readonly string[];
}

interface Network {
  on(event: string, act: (event: Pointer) => void): void;
  moveTo(view: { position: { x: number; y: number }; scale: number; animation: false }): void;
  getViewPosition(): { x: number; y: number };
  getScale(): number;
  canvasToDOM(point: { x: number; y: number }): { x: number; y: number };
  getNodeAt(point: { x: number; y: number }): string | undefined;
  getEdgeAt(point: { x: number; y: number }): string | undefined;
  setSize(width: string, height: string): void;
  redraw(): void;
}

/** What the script of pyvis leaves in the page. */
export interface Drawing {
  readonly network: Network;
  readonly nodes: DataSet;
  readonly edges: DataSet;
  readonly element: HTMLElement;
}

export function visRenderer(
  stage: HTMLElement,
  model: Model,
  drawing: Drawing,
  listener: Listener,
): Renderer {
  const { network, nodes, edges } = drawing;
  // On a phone the whole is drawn small: what can be touched must not be.
  const grow = stage.clientWidth < 520 ? 1.8 : 1;
  stage.prepend(drawing.element);
  network.setSize("100%", "100%");
  network.redraw();
  const found = (event: Pointer): Actor | Tie | null => {
    const at = event.pointer.DOM;
    const node = network.getNodeAt(at);
    if (node !== undefined) return model.actor(node) ?? null;
    const edge = network.getEdgeAt(at);
    return edge !== undefined ? (model.tie(edge) ?? null) : null;
  };
  network.on("click", (event) => listener.clicked(found(event)));
  stage.addEventListener("pointermove", (event) => {
    if (event.buttons) return;
    const box = stage.getBoundingClientRect();
    const at = { x: event.clientX - box.left, y: event.clientY - box.top };
    const hit = found({ pointer: { DOM: at } });
    stage.style.cursor = hit ? "pointer" : "grab";
    listener.hovered(hit, at);
  });
  network.on("zoom", () => listener.moved(true));
  network.on("dragEnd", () => listener.moved(true));
  network.on("afterDrawing", () => listener.drawn());
  const shorter = () => Math.max(1, Math.min(stage.clientWidth, stage.clientHeight));
  return {
    show(picture: Picture, theme: Theme) {
      const { bright } = picture;
      nodes.update(
        model.actors.map((actor) => ({
          id: actor.id,
          hidden: !picture.actors.has(actor),
          opacity: bright && !bright.actors.has(actor) ? FADED + 0.1 : 1,
          size: actor.radius * grow * (GROWN[actor.look.shape] ?? 1),
          color: {
            background: colourOn(theme, actor.look.colour),
            border: theme.paper,
            highlight: { background: colourOn(theme, actor.look.colour), border: theme.ink },
            hover: { background: colourOn(theme, actor.look.colour), border: theme.ink },
          },
        })),
      );
      edges.update(
        model.ties.map((tie) => {
          const colour = colourOn(theme, tie.relation.colour);
          const isBright = bright?.ties.has(tie);
          return {
            id: tie.id,
            hidden: !picture.ties.has(tie),
            width: grow * (tie.width + (isBright ? 2.5 : 0)),
            color: {
              color: colour,
              highlight: colour,
              hover: colour,
              opacity: bright ? (isBright ? 1 : FADED) : 0.7,
            },
          };
        }),
      );
    },
    look({ x, y, span }) {
      network.moveTo({ position: { x, y }, scale: shorter() / span, animation: false });
      listener.moved(false);
    },
    camera() {
      return { ...network.getViewPosition(), span: shorter() / network.getScale() };
    },
    place: (actor) => network.canvasToDOM({ x: actor.x, y: actor.y }),
    radius: (actor) => grow * actor.radius * network.getScale(),
    width: (tie) => grow * tie.width * network.getScale(),
    scale: () => network.getScale(),
    resize: () => network.redraw(),
    draws: () => true,
    drawsActors: true,
  };
}
