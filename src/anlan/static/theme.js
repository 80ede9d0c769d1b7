/* Runs before the first paint so that a night page never flashes white. Choice: light, night or auto (follows the machine). */
(function () {
  var root = document.documentElement;
  if (root.dataset.theme === "wall") return;
  var choice = null;
  try { choice = localStorage.getItem("anlan.theme"); } catch (e) { /* storage is closed: the server's choice stands */ }
  if (choice && choice !== "light" && choice !== "night" && choice !== "auto") {
    try { localStorage.removeItem("anlan.theme"); } catch (e) { /* storage is closed */ }
    choice = null;
  }
  choice = choice || root.dataset.theme || "light";
  root.dataset.themeChoice = choice;
  root.dataset.theme = choice === "auto" ? (matchMedia("(prefers-color-scheme: dark)").matches ? "night" : "light") : choice;
})();
