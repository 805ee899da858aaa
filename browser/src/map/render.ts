/** What every way of drawing can do; the picture and the camera are told to it. */

import type { Actor, Model, Tie } from "./model.js";
import type { Picture, Point, Theme } from "./scene.js";
import type { Camera } from "./state.js";
import type { View } from "./view.js";

/** What a drawing that has hands of its own tells of them. */
export interface Listener {
  clicked(found: Actor | Tie | null): void;
  hovered(found: Actor | Tie | null, at: Point): void;
  /** The camera has moved, by the reader's hand or by `look`. */
  moved(byHand: boolean): void;
  drawn(): void;
}

export interface Renderer {
  show(picture: Picture, theme: Theme): void;
  look(camera: Camera): void;
  camera(): Camera;
  /** Where an actor is, in pixels from the upper left corner of the stage. */
  place(actor: Actor): Point;
  /** Pixels. */
  radius(actor: Actor): number;
  width(tie: Tie): number;
  /** Pixels per unit of the picture. */
  scale(): number;
  resize(): void;
  /** Which ties it draws itself; the others are drawn by the overlay. */
  draws(tie: Tie): boolean;
  /** Whether it draws the actors itself. */
  readonly drawsActors: boolean;
}

/** Makes a drawing that moves with the view; nothing where this browser cannot draw so. */
export type Engine = (
  stage: HTMLElement,
  model: Model,
  view: View,
  picture: Picture,
  theme: Theme,
) => Renderer | null;

/** Actors and ties together: from here on canvases alone are slow to move. */
const VERY_MANY = 2000;

export function hasVeryMany(model: Model): boolean {
  return model.actors.length + model.ties.length > VERY_MANY;
}

export function isTie(found: Actor | Tie): found is Tie {
  return "relation" in found;
}
