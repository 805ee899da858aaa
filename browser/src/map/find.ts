/** What is at a point of the stage, found by where things are and not by what was painted last. */

import type { Actor, Tie } from "./model.js";
import { along, type Picture, type Point } from "./scene.js";
import type { View } from "./view.js";

/** Pixels: how far from a mark it is still meant, and how much nearer an actor counts than a tie. */
const REACH = { fine: { actor: 3, tie: 6, favour: 2 }, coarse: { actor: 16, tie: 16, favour: 8 } };
const STEPS = 12;

/** The actor or tie that is meant by a point; fingers are coarse. */
export function found(view: View, picture: Picture, at: Point, isCoarse: boolean): Actor | Tie | null {
  const reach = isCoarse ? REACH.coarse : REACH.fine;
  const { scale } = view;
  const point = view.toPicture(at);
  let nearest: Actor | Tie | null = null;
  let least = Infinity;
  for (const actor of picture.actors) {
    const away = Math.hypot(actor.x - point.x, actor.y - point.y) * scale - view.radius(actor);
    if (away > reach.actor || away - reach.favour >= least) continue;
    [nearest, least] = [actor, away - reach.favour];
  }
  if (least <= -reach.favour) return nearest; // within an actor
  for (const tie of picture.ties) {
    const away = distance(tie, point, reach.tie / scale) * scale - view.thickness(tie) / 2;
    if (away > reach.tie || away >= least) continue;
    [nearest, least] = [tie, away];
  }
  return nearest;
}

/** How far a point is from a tie; nothing exact beyond `most`. */
function distance(tie: Tie, point: Point, most: number): number {
  const { source: a, target: b, bend } = tie;
  const far = most + Math.abs(bend) * (Math.abs(b.x - a.x) + Math.abs(b.y - a.y));
  if (
    point.x < Math.min(a.x, b.x) - far || point.x > Math.max(a.x, b.x) + far ||
    point.y < Math.min(a.y, b.y) - far || point.y > Math.max(a.y, b.y) + far
  ) {
    return Infinity;
  }
  if (!bend) return toSegment(point, a, b);
  let least = Infinity;
  let last: Point = a;
  for (let step = 1; step <= STEPS; step += 1) {
    const next = along(a, b, bend, step / STEPS);
    least = Math.min(least, toSegment(point, last, next));
    last = next;
  }
  return least;
}

function toSegment(point: Point, a: Point, b: Point): number {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length = dx * dx + dy * dy;
  const share = length ? ((point.x - a.x) * dx + (point.y - a.y) * dy) / length : 0;
  const on = Math.min(Math.max(share, 0), 1);
  return Math.hypot(a.x + on * dx - point.x, a.y + on * dy - point.y);
}
