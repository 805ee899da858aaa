/** Draws without WebGL: the picture as SVG, for browsers in which sigma cannot run. */

import type { Model } from "./model.js";
import type { Listener, Renderer } from "./render.js";
import type { Camera } from "./state.js";
import { marks } from "./svg.js";

export function stillRenderer(stage: HTMLElement, model: Model, listener: Listener): Renderer {
  const element = document.createElement("div");
  element.className = "cg-sigma";
  stage.prepend(element);
  let camera: Camera = { x: 0, y: 0, span: 1000 };
  let drawing: Element | null = null;
  const shorter = () => Math.max(1, Math.min(stage.clientWidth, stage.clientHeight));
  const scale = () => shorter() / camera.span;
  const aim = () => {
    const [width, height] = [stage.clientWidth / scale(), stage.clientHeight / scale()];
    const box = [camera.x - width / 2, camera.y - height / 2, width, height];
    drawing?.setAttribute("viewBox", box.join(" "));
    listener.drawn();
  };
  const place: Renderer["place"] = ({ x, y }) => ({
    x: stage.clientWidth / 2 + (x - camera.x) * scale(),
    y: stage.clientHeight / 2 + (y - camera.y) * scale(),
  });
  stage.addEventListener("click", (event) => {
    const box = stage.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const hit = model.actors.find((actor) => {
      const at = place(actor);
      return Math.hypot(at.x - x, at.y - y) < actor.radius * scale() + 3;
    });
    listener.clicked(hit ?? null);
  });
  return {
    show(picture, theme) {
      const text =
        '<svg xmlns="http://www.w3.org/2000/svg" width="100%" height="100%" aria-hidden="true">' +
        `${marks(model, picture, theme)}</svg>`;
      const read = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
      drawing = document.importNode(read, true);
      element.replaceChildren(drawing);
      aim();
    },
    look(next) {
      camera = next;
      aim();
      listener.moved(false);
    },
    camera: () => camera,
    place,
    radius: (actor) => actor.radius * scale(),
    width: (tie) => tie.width * scale(),
    scale,
    resize: aim,
    draws: () => true,
  };
}
