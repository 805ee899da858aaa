/** What draws the live map once a hand is on it. */

import type { Engine } from "./render.js";
import { sigmaRenderer } from "./sigma.js";

declare global {
  interface Window {
    copGraphEngine?: Engine;
  }
}

window.copGraphEngine = sigmaRenderer;
