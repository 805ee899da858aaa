/** What every web page runs. It works without; this only adds to it. */

import { fillChoices } from "./pages/choices";
import { openEvidenceInDrawer } from "./pages/drawer";
import { linkViews } from "./pages/linking";
import { mountNetworks } from "./pages/network";
import { readDroppedReports } from "./pages/report";
import { suggestWhileTyping } from "./pages/suggest";

document.documentElement.dataset["script"] = "on";
suggestWhileTyping();
fillChoices();
openEvidenceInDrawer();
readDroppedReports();
linkViews();
mountNetworks();
