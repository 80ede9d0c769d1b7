/** The wall: no tools, type half as large again, chosen views in turn. A key or a touch stops the turning for a minute. */
import "./styles/wall.css";

const REST = 60_000;

/** Which view stands `elapsed` ms after the start, when each of `count` views stands for `each` ms. */
export function standing(elapsed: number, count: number, each: number): number {
  return count > 0 ? Math.floor(Math.max(0, elapsed) / each) % count : 0;
}

export function startWall(): void {
  const views = [...document.querySelectorAll<HTMLElement>("[data-wall-view]")];
  if (views.length < 2 || document.body.dataset.wallStarted) return;
  document.body.dataset.wallStarted = "true";
  const each = Number(document.querySelector<HTMLElement>("[data-wall-seconds]")?.dataset.wallSeconds ?? "20") * 1000;
  let started = Date.now();
  let restUntil = 0;
  const show = (at: number): void =>
    views.forEach((view, i) => {
      if (view.hidden === (i !== at)) return;
      view.hidden = i !== at;
      if (i === at) document.dispatchEvent(new CustomEvent("anlan:view", { detail: view.dataset.wallView }));
    });
  let at = 0;
  show(0);
  window.setInterval(() => {
    const now = Date.now();
    if (now < restUntil) {
      started = now - at * each;
      return;
    }
    at = standing(now - started, views.length, each);
    show(at);
  }, 500);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
    restUntil = Date.now() + REST;
    at = (at + (event.key === "ArrowRight" ? 1 : views.length - 1)) % views.length;
    show(at);
  });
  document.addEventListener("pointerdown", () => (restUntil = Date.now() + REST));
}

startWall();
