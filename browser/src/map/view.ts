/** What part of the picture is seen, and how large its marks are: the same whatever draws. */

import type { Actor, Model, Tie } from "./model.js";
import { bounds, type Point } from "./scene.js";
import type { Camera } from "./state.js";

/** How fast marks grow as the reader comes nearer: slower than the room between them. */
const GROWTH = 0.6;
export const THINNEST = 0.9;

/** The camera that holds all of some actors, with room for the labels at the edge and the buttons below. */
export function wholeOf(actors: Iterable<Actor>, stage: HTMLElement): Camera {
  const box = bounds(actors);
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

export class View {
  camera: Camera = { x: 0, y: 0, span: 1000 };
  width = 1;
  height = 1;
  /** Pixels per unit of the picture while all of it is in view. */
  whole = 1;
  private least = 1;
  private thin = 1;
  private readonly smallest: number;

  constructor(
    private readonly stage: HTMLElement,
    private readonly model: Model,
  ) {
    this.smallest = model.actors.reduce((found, actor) => Math.min(found, actor.radius), Infinity);
    this.fit();
  }

  /** Take the size of the stage; tells whether it is another one. */
  fit(): boolean {
    const [width, height] = [Math.max(1, this.stage.clientWidth), Math.max(1, this.stage.clientHeight)];
    if (width === this.width && height === this.height) return false;
    [this.width, this.height] = [width, height];
    this.whole = this.shorter / wholeOf(this.model.actors, this.stage).span;
    // As large as the number of actors leaves room for.
    const room = Math.sqrt((width * height) / this.model.actors.length) || 10;
    this.least = Math.min(Math.max(room * 0.065, 1.6), 9);
    this.thin = Math.min(Math.max(room / 40, 0.9), 2.4);
    return true;
  }

  /** Pixels. */
  get shorter(): number {
    return Math.min(this.width, this.height);
  }

  /** Pixels per unit of the picture. */
  get scale(): number {
    return this.shorter / this.camera.span;
  }

  /** How much larger marks are than while all is in view. */
  get growth(): number {
    return (this.scale / this.whole) ** GROWTH;
  }

  /** The radius of an actor while all is in view, in pixels. */
  radiusAtWhole(actor: Actor): number {
    return (this.least * actor.radius) / this.smallest;
  }

  widthAtWhole(tie: Tie): number {
    return this.thin * (1 + Math.min(Math.max(tie.claims.length - 1, 0), 4) / 3);
  }

  radius(actor: Actor): number {
    return this.radiusAtWhole(actor) * this.growth;
  }

  thickness(tie: Tie): number {
    return Math.max(this.widthAtWhole(tie) * this.growth, THINNEST);
  }

  /** From a place in the picture to pixels from the upper left corner of the stage. */
  toStage({ x, y }: Point): Point {
    const { camera, scale } = this;
    return { x: this.width / 2 + (x - camera.x) * scale, y: this.height / 2 + (y - camera.y) * scale };
  }

  toPicture({ x, y }: Point): Point {
    const { camera, scale } = this;
    return { x: camera.x + (x - this.width / 2) / scale, y: camera.y + (y - this.height / 2) / scale };
  }

  /** The camera after what is at one point of the stage has come to another, nearer by a factor. */
  moved(from: Point, to: Point, factor = 1): Camera {
    const held = this.toPicture(from);
    const span = Math.min(Math.max(this.camera.span / factor, 20), 1e7);
    const scale = this.shorter / span;
    return { x: held.x - (to.x - this.width / 2) / scale, y: held.y - (to.y - this.height / 2) / scale, span };
  }
}
