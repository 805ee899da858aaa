/** The query editor, put into an element of the page that asks for it. */

import "@zazuko/yasgui/build/yasgui.min.css";
import Yasgui from "@zazuko/yasgui";

declare global {
  interface Window {
    copGraphQuery: typeof Yasgui;
  }
}

window.copGraphQuery = Yasgui;
