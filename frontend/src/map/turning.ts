/** Which of its views a wall shows: in turn, a new one at once, and none that is over. */
import type { MapView } from "./config";

const key = (view: MapView): string => view.id ?? view.title;

export class Turning {
  private at = 0;

  constructor(private views: MapView[]) {}

  get now(): MapView | null {
    return this.views[this.at] ?? null;
  }

  turn(): MapView | null {
    this.at = this.views.length ? (this.at + 1) % this.views.length : 0;
    return this.now;
  }

  /** Other views from now on: one that was not there before is shown, else what is shown stays, else the next. The view that stays is
      the same object, unless it lies elsewhere or is called otherwise now. */
  replace(views: MapView[]): MapView | null {
    const before = this.now;
    const known = new Set(this.views.map(key));
    const fresh = views.findIndex((view) => view.id !== undefined && !known.has(key(view)));
    const same = before ? views.findIndex((view) => key(view) === key(before)) : -1;
    this.views = views;
    if (fresh >= 0) this.at = fresh;
    else if (same >= 0 && before) {
      this.at = same;
      if (JSON.stringify(views[same]) === JSON.stringify(before)) this.views = views.map((view, i) => (i === same ? before : view));
    } else this.at = views.length ? this.at % views.length : 0;
    return this.now;
  }
}
