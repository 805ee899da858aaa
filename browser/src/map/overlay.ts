/**
 * The canvases below and above every drawing: below what it does not draw itself, which may be all;
 * above the labels, which do not overlap.
 */

import { LINE_HEIGHT, placeLabels, type Label } from "./labels.js";
import type { Actor, Tie } from "./model.js";
import type { Renderer } from "./render.js";
import {
  actorColour,
  bendPoint,
  corners,
  DASH,
  FONT,
  HEAD,
  outer,
  RIM,
  tieColour,
  type Picture,
  type Point,
  type Theme,
} from "./scene.js";

type Canvas = CanvasRenderingContext2D;

const TEXT = 13.5;
/** Added to the line of what is chosen, in pixels. */
export const STRONGER = 1.2;

export class Overlay {
  labels: readonly Label[] = [];
  private readonly under = sheet("cg-under");
  private readonly over = sheet("cg-overlay");

  constructor(private readonly stage: HTMLElement) {
    stage.prepend(this.under.canvas);
    stage.append(this.over.canvas);
  }

  draw(renderer: Renderer, picture: Picture, theme: Theme, hovered: Actor | null): void {
    const [width, height] = [this.stage.clientWidth, this.stage.clientHeight];
    const [under, over] = [this.under, this.over].map((each) => cleared(each, width, height));
    if (!under || !over) return;
    drawTies(under, renderer, picture, theme);
    if (!renderer.drawsActors) drawActors(under, renderer, picture, theme);
    const first = new Set<Actor>(picture.bright?.first ?? []);
    if (hovered) first.add(hovered);
    const chosen = picture.bright?.actors;
    const text = TEXT * Math.min(1.25, Math.max(0.84, renderer.scale()));
    const spots = [...picture.actors].map((actor) => ({
      actor,
      ...renderer.place(actor),
      radius: renderer.radius(actor),
    }));
    // While something is chosen, names of what is not chosen would only be in the way.
    const named = chosen
      ? spots.filter(({ actor }) => chosen.has(actor) || actor === hovered)
      : spots;
    this.labels = placeLabels(named, text, first, { left: 0, top: 0, right: width, bottom: height });
    over.textAlign = "center";
    over.textBaseline = "middle";
    over.lineJoin = "round";
    over.lineWidth = 3.5;
    over.strokeStyle = theme.paper;
    over.fillStyle = theme.ink;
    for (const label of this.labels) {
      over.font = `${label.actor === hovered ? 600 : 400} ${label.size}px ${FONT}`;
      label.lines.forEach((line, number) => {
        const y = label.y + number * label.size * LINE_HEIGHT;
        over.strokeText(line, label.x, y);
        over.fillText(line, label.x, y);
      });
    }
  }
}

interface Sheet {
  readonly canvas: HTMLCanvasElement;
  readonly context: Canvas | null;
}

function sheet(name: string): Sheet {
  const made = document.createElement("canvas");
  made.className = name;
  made.setAttribute("aria-hidden", "true");
  return { canvas: made, context: made.getContext("2d") };
}

function cleared({ canvas, context }: Sheet, width: number, height: number): Canvas | null {
  const sharp = Math.min(window.devicePixelRatio || 1, 2);
  const [across, down] = [Math.round(width * sharp), Math.round(height * sharp)];
  if (canvas.width !== across || canvas.height !== down) [canvas.width, canvas.height] = [across, down];
  context?.setTransform(sharp, 0, 0, sharp, 0, 0);
  context?.clearRect(0, 0, width, height);
  return context;
}

/** Dashed and bent ties first, as every drawing leaves them to us; what is chosen last. */
function drawTies(on: Canvas, renderer: Renderer, picture: Picture, theme: Theme): void {
  const left = [...picture.ties].filter((tie) => !renderer.draws(tie));
  const order = (tie: Tie) => (picture.bright?.ties.has(tie) ? 2 : 0) + (tie.asserts && !tie.bend ? 1 : 0);
  for (const tie of left.sort((a, b) => order(a) - order(b) || a.index - b.index)) {
    const [a, b] = [renderer.place(tie.source), renderer.place(tie.target)];
    const width = renderer.width(tie) + (picture.bright?.ties.has(tie) ? STRONGER : 0);
    const colour = tieColour(tie, picture, theme);
    const c = bendPoint(a, b, tie.bend);
    const head = tie.relation.directed ? arrow(c, b, edge(tie.target, renderer), width + 1) : null;
    const end = head?.neck ?? b;
    on.strokeStyle = colour;
    on.lineWidth = width;
    on.setLineDash(tie.asserts ? [] : DASH);
    on.beginPath();
    on.moveTo(a.x, a.y);
    if (tie.bend) on.quadraticCurveTo(c.x, c.y, end.x, end.y);
    else on.lineTo(end.x, end.y);
    on.stroke();
    if (!head) continue;
    on.fillStyle = colour;
    on.beginPath();
    on.moveTo(head.tip.x, head.tip.y);
    head.sides.forEach((side) => on.lineTo(side.x, side.y));
    on.fill();
  }
  on.setLineDash([]);
}

function edge(actor: Actor, renderer: Renderer): number {
  return renderer.radius(actor) * outer(actor.look.shape) + RIM / 2;
}

/** The head of an arrow that comes from `c` and ends at the edge of an actor at `b`. */
function arrow(c: Point, b: Point, radius: number, width: number) {
  const length = Math.hypot(b.x - c.x, b.y - c.y);
  if (length < radius + HEAD.length * width) return null;
  const [x, y] = [(b.x - c.x) / length, (b.y - c.y) / length];
  const back = (away: number) => ({ x: b.x - x * away, y: b.y - y * away });
  const neck = back(radius + HEAD.length * width);
  const half = (HEAD.width * width) / 2;
  return {
    tip: back(radius),
    neck,
    sides: [
      { x: neck.x - y * half, y: neck.y + x * half },
      { x: neck.x + y * half, y: neck.y - x * half },
    ],
  };
}

function drawActors(on: Canvas, renderer: Renderer, picture: Picture, theme: Theme): void {
  const { bright } = picture;
  const order = (actor: Actor) => (bright && !bright.actors.has(actor) ? 0 : 1);
  on.lineWidth = RIM;
  on.lineJoin = "miter";
  on.strokeStyle = theme.paper;
  for (const actor of [...picture.actors].sort((a, b) => order(a) - order(b) || a.index - b.index)) {
    const at = renderer.place(actor);
    const radius = renderer.radius(actor);
    on.fillStyle = actorColour(actor, picture, theme);
    on.beginPath();
    const points = corners(actor.look.shape);
    if (points.length) points.forEach(({ x, y }) => on.lineTo(at.x + x * radius, at.y + y * radius));
    else on.arc(at.x, at.y, radius, 0, 2 * Math.PI);
    on.closePath();
    on.fill();
    on.stroke();
  }
}
