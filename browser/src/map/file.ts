/** The map for a file that loads nothing: with all that can draw it. */

import "./map.css";
import { mount as mountMap, type MountedMap, type Options } from "./index.js";
import type { Payload } from "./payload.js";
import { sigmaRenderer } from "./sigma.js";
import { visRenderer, type Drawing } from "./vis.js";

type FileOptions = Omit<Options, "drawing" | "engine" | "later"> & {
  /** What pyvis has drawn; without it sigma draws. */
  readonly drawing?: Drawing;
};

function mount(into: HTMLElement, payload: Payload, options: FileOptions = {}): MountedMap {
  const { drawing, ...rest } = options;
  return mountMap(into, payload, drawing
    ? { ...rest, drawing: (stage, model, listener) => visRenderer(stage, model, drawing, listener) }
    : { ...rest, engine: sigmaRenderer });
}

Object.assign(window, { copGraphMap: { mount } });
