/** What a person chooses for this browser: light or night. */
const KEY = "anlan.theme";

function apply(choice: string): void {
  const root = document.documentElement;
  if (root.dataset.theme === "wall") return;
  root.dataset.themeChoice = choice;
  root.dataset.theme = choice === "auto" ? (matchMedia("(prefers-color-scheme: dark)").matches ? "night" : "light") : choice;
  document.dispatchEvent(new CustomEvent("anlan:theme"));
}

export function chooseTheme(choice: string): void {
  localStorage.setItem(KEY, choice);
  apply(choice);
}

export function startPreferences(): void {
  const chosen = document.documentElement.dataset.themeChoice ?? "light";
  document.querySelectorAll<HTMLInputElement>("[data-theme-choice] input").forEach((input) => {
    input.checked = input.value === chosen;
    input.addEventListener("change", () => chooseTheme(input.value));
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.documentElement.dataset.themeChoice === "auto" && apply("auto"));
  window.addEventListener("storage", (event) => event.key === KEY && event.newValue && apply(event.newValue));
}
