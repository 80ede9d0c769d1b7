/** What a person chooses for this browser: light or night. */
const KEY = "anlan.theme";
const isChoice = (value: string | null): value is string => value === "light" || value === "night" || value === "auto";

function apply(choice: string): void {
  const root = document.documentElement;
  if (root.dataset.theme === "wall") return;
  root.dataset.themeChoice = choice;
  root.dataset.theme = choice === "auto" ? (matchMedia("(prefers-color-scheme: dark)").matches ? "night" : "light") : choice;
  document.dispatchEvent(new CustomEvent("anlan:theme"));
}

export function chooseTheme(choice: string): void {
  if (!isChoice(choice)) return;
  localStorage.setItem(KEY, choice);
  apply(choice);
}

export function startPreferences(): void {
  const chosen = document.documentElement.dataset.themeChoice ?? "light";
  // Not "[data-theme-choice] input": the root bears that attribute too, and every field of the page would be taken for a choice.
  document.querySelectorAll<HTMLInputElement>("#preferences input[name=theme]").forEach((input) => {
    input.checked = input.value === chosen;
    input.addEventListener("change", () => chooseTheme(input.value));
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.documentElement.dataset.themeChoice === "auto" && apply("auto"));
  window.addEventListener("storage", (event) => event.key === KEY && isChoice(event.newValue) && apply(event.newValue));
}
