/** A point shown on a map for a form: `data-point-on="<id of the map's configuration>"` on a button of the form. The next press on
    that map fills the form's `lon` and `lat` (WGS84) and opens its dialog again; Esc leaves everything as it was. */
import type { Map as LibraryMap } from "maplibre-gl";
import { t } from "../i18n";
import { openDialog } from "../shell/dialogs";

export class Pointing {
  private form: HTMLFormElement | null = null;

  constructor(private readonly map: LibraryMap, private readonly box: HTMLElement, private readonly say: (text: string) => void) {
    document.addEventListener("click", (event) => {
      const button = (event.target as Element).closest<HTMLElement>("[data-point-on]");
      if (button && button.dataset.pointOn === box.dataset.map) this.begin(button.closest("form"));
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.form) this.end(true);
    });
    map.on("click", (event) => {
      if (!this.form) return;
      const { lng, lat } = event.lngLat;
      this.fill("lon", lng);
      this.fill("lat", lat);
      // Whoever else hears this press still sees that it was meant for the form.
      setTimeout(() => this.end(true));
    });
  }

  get active(): boolean {
    return this.form !== null;
  }

  private begin(form: HTMLFormElement | null): void {
    this.form = form;
    this.map.getCanvas().style.cursor = "crosshair";
    this.say(t("请在图上点事发位置，Esc 取消"));
    this.box.scrollIntoView({ block: "center" });
  }

  private fill(name: string, degrees: number): void {
    const input = this.form?.querySelector<HTMLInputElement>(`input[name=${name}]`);
    if (input) input.value = degrees.toFixed(6);
  }

  private end(reopen: boolean): void {
    const dialog = this.form?.closest("dialog");
    this.form = null;
    this.map.getCanvas().style.cursor = "";
    this.say("");
    if (reopen && dialog) openDialog(dialog.id);
  }
}
