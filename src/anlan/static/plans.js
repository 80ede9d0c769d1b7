/* Conditions of a plan being written: when another variable is chosen its unit, its texts and the comparisons that fit follow. */
(function () {
  function follow(row, chosen) {
    var select = row.querySelector("[data-var]");
    var option = select.selectedOptions[0];
    var kind = (option && option.dataset.kind) || "number";
    var value = row.querySelector("[data-value]");
    var op = row.querySelector("[data-op]");
    row.querySelector("td[data-unit]").textContent = (option && option.dataset.unit) || "";
    if (kind === "text") value.setAttribute("list", "v-" + select.value);
    else value.removeAttribute("list");
    value.disabled = false;
    Array.prototype.forEach.call(op.options, function (one) {
      var flag = one.value === "is_true" || one.value === "is_false";
      var fits = kind === "flag" ? flag : !flag && !(kind === "text" && one.value === "range");
      one.hidden = !fits;
    });
    if (chosen && op.selectedOptions[0] && op.selectedOptions[0].hidden) op.value = kind === "flag" ? "is_true" : ">=";
    if (chosen) value.value = "";
  }
  document.addEventListener("change", function (event) {
    var select = event.target.closest && event.target.closest("[data-var]");
    if (select) follow(select.closest("[data-when]"), true);
  });
  document.querySelectorAll("[data-when]").forEach(function (row) { follow(row, false); });
})();
