/** The map for a page: canvases draw it at once, sigma comes when it is wanted. */

import { mountInSteps } from "./index.js";

declare global {
  interface Window {
    copGraphNetwork?: { mountInSteps: typeof mountInSteps };
  }
}

window.copGraphNetwork = { mountInSteps };
