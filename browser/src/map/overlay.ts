/** What lies over every drawing: the ties that it cannot draw, and labels that do not overlap. */

import { LINE_HEIGHT, placeLabels, type Label } from "./labels.js";
import type { Actor, Model, Tie } from "./model.js";
import type { Renderer } from "./render.js";
import {
  along,
  bendPoint,
  colourOn,
  DASH,
  FADED,
  FONT,
  type Picture,
  type Point,
  type Theme,
} from "./scene.js";

const TEXT = 13.5;
const NEAR = 6;

export class Overlay {
  readonly canvas = document.createElement("canvas");
  labels: readonly Label[] = [];
  private readonly context = this.canvas.getContext("2d");

  constructor(
    private readonly stage: HTMLElement,
    private readonly model: Model,
  ) {
    this.canvas.className = "cg-overlay";
    this.canvas.setAttribute("aria-hidden", "true");
    stage.append(this.canvas);
  }

  draw(renderer: Renderer, picture: Picture, theme: Theme, hovered: Actor | null): void {
    const { context, canvas, stage } = this;
    if (!context) return;
    const sharp = Math.min(window.devicePixelRatio || 1, 2);
    const [width, height] = [stage.clientWidth, stage.clientHeight];
    if (canvas.width !== Math.round(width * sharp) || canvas.height !== Math.round(height * sharp)) {
      canvas.width = Math.round(width * sharp);
      canvas.height = Math.round(height * sharp);
    }
    context.setTransform(sharp, 0, 0, sharp, 0, 0);
    context.clearRect(0, 0, width, height);
    const scale = renderer.scale();
    this.drawTies(renderer, picture, theme);
    const view = { left: 0, top: 0, right: width, bottom: height };
    const first = new Set<Actor>(picture.bright?.first ?? []);
    if (hovered) first.add(hovered);
    const chosen = picture.bright?.actors;
    const text = TEXT * Math.min(1.25, Math.max(0.84, scale));
    const spots = [...picture.actors].map((actor) => ({
      actor,
      ...renderer.place(actor),
      radius: renderer.radius(actor),
    }));
    // While something is chosen, names of what is not chosen would only be in the way.
    const named = chosen
      ? spots.filter(({ actor }) => chosen.has(actor) || actor === hovered)
      : spots;
    this.labels = placeLabels(named, text, first, view);
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    context.lineWidth = 3.5;
    context.strokeStyle = theme.paper;
    context.fillStyle = theme.ink;
    for (const label of this.labels) {
      const isStrong = label.actor === hovered;
      context.font = `${isStrong ? 600 : 400} ${label.size}px ${FONT}`;
      label.lines.forEach((line, number) => {
        const y = label.y + number * label.size * LINE_HEIGHT;
        context.strokeText(line, label.x, y);
        context.fillText(line, label.x, y);
      });
    }
  }

  private drawTies(renderer: Renderer, picture: Picture, theme: Theme): void {
    const { context } = this;
    if (!context) return;
    for (const tie of picture.ties) {
      if (renderer.draws(tie)) continue;
      const [a, b] = [renderer.place(tie.source), renderer.place(tie.target)];
      const isBright = picture.bright?.ties.has(tie);
      const c = bendPoint(a, b, tie.bend);
      context.globalAlpha = picture.bright ? (isBright ? 1 : FADED) : 0.75;
      context.strokeStyle = colourOn(theme, tie.relation.colour);
      context.lineWidth = Math.max(0.8, renderer.width(tie) + (isBright ? 1.2 : 0));
      context.setLineDash(tie.asserts ? [] : DASH);
      context.beginPath();
      context.moveTo(a.x, a.y);
      context.quadraticCurveTo(c.x, c.y, b.x, b.y);
      context.stroke();
    }
    context.setLineDash([]);
    context.globalAlpha = 1;
  }

  /** The tie at a point, among those that are drawn here. */
  tieAt(renderer: Renderer, picture: Picture, point: Point): Tie | null {
    let nearest: Tie | null = null;
    let least = NEAR;
    for (const tie of this.model.ties) {
      if (renderer.draws(tie) || !picture.ties.has(tie)) continue;
      const [a, b] = [renderer.place(tie.source), renderer.place(tie.target)];
      for (let step = 0; step <= 24; step += 1) {
        const on = along(a, b, tie.bend, step / 24);
        const away = Math.hypot(on.x - point.x, on.y - point.y);
        if (away < least) [nearest, least] = [tie, away];
      }
    }
    return nearest;
  }
}
