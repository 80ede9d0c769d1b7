/** Rows that fetch what is inside when they are opened: `details[data-unfold]` under `[data-unfold-from]`, addresses joined. */
import htmx from "htmx.org";

function addressOf(row: HTMLDetailsElement): string {
  const from = row.closest<HTMLElement>("[data-unfold-from]")?.dataset.unfoldFrom ?? "";
  return `${from}${row.dataset.unfold ?? ""}/`;
}

/** Fetch the inside of an open row; what was shown before stays until the answer is there. */
export async function unfold(row: HTMLDetailsElement): Promise<void> {
  let inside = row.querySelector<HTMLElement>(":scope > [data-unfolded]");
  if (!inside) {
    inside = document.createElement("div");
    inside.dataset.unfolded = "";
    inside.className = "skeleton";
    row.append(inside);
  }
  await htmx.ajax("get", addressOf(row), { source: inside, target: inside, swap: "morph:innerHTML" });
  inside.classList.remove("skeleton");
}

const open = (root: ParentNode): HTMLDetailsElement[] => [...root.querySelectorAll<HTMLDetailsElement>("details[data-unfold][open]")];

export function startUnfolding(): void {
  document.addEventListener("toggle", (event) => {
    const row = event.target;
    if (row instanceof HTMLDetailsElement && row.open && row.dataset.unfold !== undefined) void unfold(row);
  }, true);
  // A row that came open says so before anybody listens.
  open(document).forEach((row) => void unfold(row));
  // The region around has been brought up to date: what is open in it follows.
  document.addEventListener("anlan:refreshed", (event) => open(event.target as HTMLElement).forEach((row) => void unfold(row)));
}
