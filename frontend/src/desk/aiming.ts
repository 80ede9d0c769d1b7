/** What waits at the left is joined to the incident that stands at the right now, not to the one that stood there when it came. */
export function aimAtHand(): void {
  const hand = document.getElementById("desk-at-hand");
  const matter = hand?.dataset.matter;
  if (!matter) return;
  const title = hand.querySelector("h1")?.textContent?.trim() ?? "";
  const forms = document.querySelectorAll<HTMLFormElement>("#desk-waiting form[data-join]");
  forms.forEach((form) => {
    form.action = `/desk/join/${encodeURIComponent(matter)}/`;
    form.querySelector("button")?.setAttribute("title", title);
  });
}
