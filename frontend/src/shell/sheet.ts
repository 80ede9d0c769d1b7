/** A table that is typed into like a spreadsheet (`data-sheet`): arrows, Enter, blocks pasted from a spreadsheet program.
 *  What was changed is sent by row as JSON in the form's hidden field `rows`. */

function cells(table: HTMLElement): HTMLInputElement[][] {
  return [...table.querySelectorAll<HTMLTableRowElement>("tr[data-key]")].map((row) => [...row.querySelectorAll<HTMLInputElement>("input[data-cell]")]);
}

/** The cell `down` rows and `right` cells away; rows without the same column are passed over. */
export function neighbour(table: HTMLElement, from: HTMLInputElement, down: number, right: number): HTMLInputElement | null {
  const rows = cells(table);
  const at = rows.findIndex((row) => row.includes(from));
  if (at < 0) return null;
  if (right) {
    const row = rows[at] ?? [];
    return row[row.indexOf(from) + right] ?? null;
  }
  for (let i = at + down; i >= 0 && i < rows.length; i += down) {
    const same = rows[i]?.find((cell) => cell.dataset.cell === from.dataset.cell);
    if (same) return same;
  }
  return null;
}

/** A block of text from a spreadsheet program: lines and tabs. */
export function block(text: string): string[][] {
  return text.replace(/\r\n?/g, "\n").replace(/\n$/, "").split("\n").map((line) => line.split("\t"));
}

function note(input: HTMLInputElement): void {
  input.toggleAttribute("data-typed", input.value !== input.defaultValue);
  const form = input.closest<HTMLFormElement>("[data-sheet-form]");
  const rows = form?.elements.namedItem("rows");
  if (!form || !(rows instanceof HTMLInputElement)) return;
  const typed: { key: string; cells: Record<string, string> }[] = [];
  for (const row of form.querySelectorAll<HTMLTableRowElement>("tr[data-key]")) {
    const own = [...row.querySelectorAll<HTMLInputElement>("input[data-typed]")];
    if (own.length) typed.push({ key: row.dataset.key ?? "", cells: Object.fromEntries(own.map((cell) => [cell.dataset.cell ?? "", cell.value])) });
  }
  rows.value = JSON.stringify(typed);
}

function put(input: HTMLInputElement, text: string): void {
  input.value = text.trim();
  note(input);
}

function paste(table: HTMLElement, from: HTMLInputElement, lines: string[][]): void {
  let start: HTMLInputElement | null = from;
  for (const line of lines) {
    let cell: HTMLInputElement | null = start;
    for (const text of line) {
      if (cell) put(cell, text);
      cell = cell ? neighbour(table, cell, 0, 1) : null;
    }
    start = start ? neighbour(table, start, 1, 0) : null;
  }
}

function move(event: KeyboardEvent, table: HTMLElement, input: HTMLInputElement): void {
  const ends = { ArrowLeft: input.selectionStart === 0 && input.selectionEnd === 0, ArrowRight: input.selectionStart === input.value.length };
  const ways: Record<string, [number, number]> = { ArrowUp: [-1, 0], ArrowDown: [1, 0], Enter: [event.shiftKey ? -1 : 1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const way = ways[event.key];
  if (!way || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if ((event.key === "ArrowLeft" || event.key === "ArrowRight") && !ends[event.key]) return;
  event.preventDefault();
  const next = neighbour(table, input, way[0], way[1]);
  next?.focus();
  next?.select();
}

function cellOf(event: Event): [HTMLElement, HTMLInputElement] | null {
  const input = event.target;
  if (!(input instanceof HTMLInputElement) || !input.dataset.cell) return null;
  const table = input.closest<HTMLElement>("[data-sheet]");
  return table ? [table, input] : null;
}

export function startSheets(): void {
  document.addEventListener("input", (event) => {
    const found = cellOf(event);
    if (found) note(found[1]);
  });
  document.addEventListener("keydown", (event) => {
    const found = cellOf(event);
    if (found) move(event, ...found);
  });
  document.addEventListener("paste", (event) => {
    const found = cellOf(event);
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!found || !/[\t\n]/.test(text)) return;
    event.preventDefault();
    paste(...found, block(text));
  });
  // A button of another form tells it which row it stands in.
  document.addEventListener("click", (event) => {
    const button = (event.target as Element | null)?.closest<HTMLButtonElement>("button[data-key][form]");
    const key = button?.form?.elements.namedItem("key");
    if (button && key instanceof HTMLInputElement) key.value = button.dataset.key ?? "";
  }, { capture: true });
}
