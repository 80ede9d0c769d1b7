/** Loaded by every page: small. Maps, charts, the desk and the wall come only where a page has them. */
import "./tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/parts.css";
import "./styles/ledger.css";
import "./styles/frame.css";
import "./styles/pages.css";
import "./styles/standstill.css";
import "./rooms/command.css";
import "./rooms/duty.css";
import htmx from "htmx.org";
import { startDialogs } from "./shell/dialogs";
import { startForms } from "./shell/forms";
import { startKeyboard } from "./shell/keyboard";
import { startLedgers } from "./shell/ledgers";
import { startLive } from "./shell/live";
import { startPalette } from "./shell/palette";
import { startPreferences } from "./shell/preferences";
import { startRail } from "./shell/rail";
import { startSheets } from "./shell/sheet";
import { startSound } from "./shell/sound";
import { startStandstill } from "./shell/standstill";
import { startSteady } from "./shell/steady";
import { registerMorph } from "./shell/swap";
import { startTicking, tick } from "./shell/ticking";
import { startUnfolding } from "./shell/unfold";
import { startUploads } from "./shell/uploads";
import { startWorld } from "./shell/world";

declare global {
  interface Window { htmx: typeof htmx }
}

window.htmx = htmx;
registerMorph();
startTicking();
startDialogs();
startForms();
startKeyboard();
startPalette();
startPreferences();
startRail();
startSound();
startUnfolding();
startUploads();
startLedgers();
startSheets();
startSteady();
startWorld();
startLive();
startStandstill();
document.addEventListener("htmx:afterSettle", () => tick());
// Refusals carry their own words (HX-Retarget #notices); only a missing answer is said here.
document.addEventListener("htmx:sendError", () => document.querySelector("[data-link]")?.setAttribute("data-state", "lost"));

async function loadParts(root: ParentNode): Promise<void> {
  if (root.querySelector("[data-map]")) (await import("./map/index")).mountAll(root);
  if (root.querySelector("[data-chart]")) (await import("./charts")).mountAll(root);
  if (root.querySelector("[data-roster], [data-handover]")) (await import("./duty/index")).mountAll(root);
  if (root.querySelector("[data-desk]")) (await import("./desk/index")).mountAll(root);
  if (document.documentElement.dataset.surface === "wall") (await import("./wall")).startWall();
}

void loadParts(document);
document.addEventListener("htmx:load", (event) => void loadParts((event.target as Element | null) ?? document));
