/** Draws nothing of its own: the canvases of the overlay draw all. It is there at once and needs no WebGL. */

import type { Renderer } from "./render.js";
import type { View } from "./view.js";

export function plainRenderer(view: View, redraw: () => void): Renderer {
  return {
    show: redraw,
    look(camera) {
      view.camera = camera;
      redraw();
    },
    camera: () => view.camera,
    place: (actor) => view.toStage(actor),
    radius: (actor) => view.radius(actor),
    width: (tie) => view.thickness(tie),
    scale: () => view.scale,
    resize: redraw,
    draws: () => false,
    drawsActors: false,
  };
}
