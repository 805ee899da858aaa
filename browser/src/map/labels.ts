/**
 * Labels that do not overlap. The important ones come first; one that finds no room is left out, and
 * returns when the reader comes nearer.
 */

import type { Actor } from "./model.js";
import { FONT, lines, type Point } from "./scene.js";

export interface Label {
  readonly actor: Actor;
  readonly lines: readonly string[];
  readonly size: number;
  /** Middle of the first line. */
  readonly x: number;
  readonly y: number;
  readonly box: Box;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface Spot extends Point {
  readonly actor: Actor;
  readonly radius: number;
}

const CELL = 90;
/** Beyond so many actors in view, names may cover those of less note, and not all are tried. */
const DENSE = 300;
const MOST_TRIED = 600;
const PIXELS_PER_LABEL = 9000;
const AIR = 3;
export const LINE_HEIGHT = 1.2;
let measuring: CanvasRenderingContext2D | null = null;
const widths = new Map<string, number>();

function widthOf(text: string): number {
  const known = widths.get(text);
  if (known !== undefined) return known;
  measuring ??= document.createElement("canvas").getContext("2d");
  if (!measuring) return text.length * 0.56;
  measuring.font = `100px ${FONT}`;
  const width = measuring.measureText(text).width / 100;
  if (widths.size > 50_000) widths.clear();
  widths.set(text, width);
  return width;
}

/** Boxes, found again by where they are. */
class Taken {
  private readonly cells = new Map<string, Box[]>();

  private *keys(box: Box): Generator<string> {
    for (let x = Math.floor(box.left / CELL); x <= Math.floor(box.right / CELL); x += 1) {
      for (let y = Math.floor(box.top / CELL); y <= Math.floor(box.bottom / CELL); y += 1) {
        yield `${x} ${y}`;
      }
    }
  }

  isFree(box: Box, but?: Box): boolean {
    for (const key of this.keys(box)) {
      for (const other of this.cells.get(key) ?? []) {
        if (
          other !== but &&
          other.left < box.right &&
          box.left < other.right &&
          other.top < box.bottom &&
          box.top < other.bottom
        ) {
          return false;
        }
      }
    }
    return true;
  }

  take(box: Box): void {
    for (const key of this.keys(box)) {
      const cell = this.cells.get(key);
      if (cell) cell.push(box);
      else this.cells.set(key, [box]);
    }
  }
}

/**
 * Place labels.
 *
 * @param spots Where the actors are, in the units of the text size.
 * @param size Text size.
 * @param first Actors whose labels come before all others.
 * @param view What can be seen; labels outside are left out.
 */
export function placeLabels(
  spots: readonly Spot[],
  size: number,
  first: ReadonlySet<Actor>,
  view: Box | null,
): Label[] {
  const seen = spots.filter(
    ({ x, y }) =>
      !view || (x > view.left && x < view.right && y > view.top && y < view.bottom),
  );
  const rank = (spot: Spot) => (first.has(spot.actor) ? 0 : 1);
  const ordered = [...seen].sort(
    (a, b) => rank(a) - rank(b) || b.actor.value - a.actor.value || a.actor.index - b.actor.index,
  );
  const isDense = seen.length > DENSE;
  const most =
    isDense && view
      ? ((view.right - view.left) * (view.bottom - view.top)) / PIXELS_PER_LABEL
      : Infinity;
  const discs = new Taken();
  const own = new Map<Spot, Box>();
  for (const spot of isDense ? ordered.slice(0, DENSE / 2) : ordered) {
    const reach = spot.radius * 0.85;
    const box = {
      left: spot.x - reach,
      right: spot.x + reach,
      top: spot.y - reach,
      bottom: spot.y + reach,
    };
    discs.take(box);
    own.set(spot, box);
  }
  const texts = new Taken();
  const labels: Label[] = [];
  for (const [order, spot] of (isDense && view ? ordered.slice(0, MOST_TRIED) : ordered).entries()) {
    if (labels.length >= most && !first.has(spot.actor)) continue;
    const wrapped = lines(spot.actor.name);
    const height = wrapped.length * size * LINE_HEIGHT;
    const half = (Math.max(...wrapped.map(widthOf), 0.5) * size) / 2 + AIR;
    const gap = spot.radius + 4;
    // At the edge of the view a name moves inwards, but stays beside its actor.
    const middle = view
      ? Math.max(view.left + half, Math.min(spot.x, view.right - half))
      : spot.x;
    const tops = [
      { x: middle, top: spot.y + gap },
      { x: middle, top: spot.y - gap - height },
      { x: spot.x + gap + half, top: spot.y - height / 2 },
      { x: spot.x - gap - half, top: spot.y - height / 2 },
    ];
    // Those of most note are named even where a name covers an actor of less.
    const isFirst = first.has(spot.actor) || order < ordered.length / 40;
    for (const { x, top } of tops) {
      const box = { left: x - half, right: x + half, top: top - 1, bottom: top + height + 1 };
      const isCut =
        view !== null &&
        (box.left < view.left || box.right > view.right || box.top < view.top || box.bottom > view.bottom);
      if (isCut || Math.abs(x - spot.x) > half + gap + 1) continue;
      if (!texts.isFree(box) || (!isFirst && !discs.isFree(box, own.get(spot)))) continue;
      texts.take(box);
      labels.push({
        actor: spot.actor,
        lines: wrapped,
        size,
        x,
        y: top + (size * LINE_HEIGHT) / 2,
        box,
      });
      break;
    }
  }
  return labels;
}
