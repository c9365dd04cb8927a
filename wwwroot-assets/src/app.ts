import * as base from "./base";
import * as boards from "./boards";
import * as chat from "./chat";
import * as charts from "./charts";
import * as clipboard from "./clipboard";
import * as drafts from "./drafts";
import * as heatmap from "./heatmap";
import * as keys from "./keys";
import * as logs from "./logs";
import * as passkeys from "./passkeys";
import * as reconnect from "./reconnect";
import * as submit from "./submit";
import * as surfaces from "./surfaces";
import * as tables from "./tables";
import * as theme from "./theme";
import * as time from "./time";
import * as told from "./told";

// The module is loaded by every page and again, as the same instance, by the components that call into it.
const started = Symbol.for("sevensa.started");
const flags = window as unknown as Record<symbol, boolean>;
if (!flags[started]) {
  flags[started] = true;
  base.start();
  theme.start();
  time.start();
  clipboard.start();
  keys.start();
  surfaces.start();
  reconnect.start();
  chat.start();
  tables.start();
  passkeys.start();
  submit.start();
  told.start();
  drafts.start();
}

export { boards, charts, clipboard, heatmap, keys, logs, surfaces, theme, time };
