/** What the platform sent back: read with its reason, put right and sent anew, turned into a report, or withdrawn. */
import { t } from "../i18n";
import { clockText } from "../timetext";
import type { PhoneField } from "./data";
import { fieldOf, valuesOf } from "./lists";
import { make } from "./make";
import type { Outbox } from "./outbox";
import { attachmentBox, type Attached } from "./report";
import type { OutboxItem } from "./store";

/** What was entered, as label and value, in the words of the form it was entered in. */
export function entered(item: OutboxItem): [string, string][] {
  const said = (value: unknown): string => value === null || value === undefined || value === "" ? "" : value === true ? t("是") : value === false ? "" : String(value);
  if (item.kind === "answer") return [[t("备注"), said(item.data.note)]];
  if (item.kind === "grid") return [];
  if (item.kind === "report") {
    const rows: [string, string][] = [[t("说明"), said(item.data.text)], [t("在哪里"), said(item.data.place)], [t("被困（人）"), said(item.data.trapped)], [t("受伤（人）"), said(item.data.injured)]];
    return rows.filter(([, value]) => value !== "");
  }
  const evidence = (item.data.evidence ?? {}) as Record<string, unknown>;
  return Object.entries(evidence).map(([name, value]): [string, string] => {
    const field = item.fields?.find((f) => f.name === name);
    const label = field?.choices?.find(([key]) => key === value)?.[1] ?? said(value);
    return [field?.label ?? name, label];
  }).filter(([, value]) => value !== "");
}

/** The item on the page of what is not yet sent: title, reason, content, and what can be done with it. */
export function itemRow(item: OutboxItem, outbox: Outbox, edit: (item: OutboxItem) => void): HTMLElement {
  const lines = entered(item);
  const refused = item.state === "refused";
  const facts = `${clockText(Date.parse(item.made_at), false)} · ${item.files.length ? t("{n} 个附件", { n: item.files.length }) : t("无附件")}${refused ? "" : ` · ${t("已试 {n} 次", { n: item.attempts })}`}`;
  const press = (label: string, main: boolean, what: () => void): HTMLElement => {
    const button = make("button", { type: "button", className: main ? "button main" : "button", textContent: label });
    button.addEventListener("click", what);
    return button;
  };
  return make("li", { className: "stack", data: { state: item.state, kind: item.kind } },
    make("div", {},
      make("strong", { textContent: item.title }),
      refused ? make("p", { className: "notice trouble flat" }, make("span", { className: "sign", textContent: "!" }), make("span", { textContent: item.refusal ?? "" })) : null,
      make("div", { className: "second", textContent: facts }),
      lines.length ? make("dl", { className: "facts" }, ...lines.flatMap(([label, value]) => [make("dt", { textContent: label }), make("dd", { textContent: value })])) : null),
    refused ? make("div", { className: "buttons wide" },
      item.kind === "grid" ? press(t("再送一次"), true, () => void outbox.retry(item)) : press(t("修改后重报"), true, () => edit(item)),
      item.kind === "grid" || item.kind === "report" ? null : press(t("再送一次"), false, () => void outbox.retry(item)),
      press(t("撤回"), false, () => confirm(t("撤回后不再报送，确定？")) && void outbox.drop(item.id))) : null);
}

/** A refused task step or answer, open for correction. The refused one is dropped only once the new one is safe on the device. */
export function mendingForm(item: OutboxItem, outbox: Outbox, done: () => void, say: (text: string) => void, asReport: () => void): HTMLElement {
  const attached: Attached[] = [...item.files];
  const fields: PhoneField[] = item.kind === "answer" ? [{ name: "note", label: t("备注"), kind: "longtext" }] : (item.fields ?? []);
  const values = (item.kind === "answer" ? item.data : ((item.data.evidence ?? {}) as Record<string, unknown>));
  const form = make("form", { className: "stack" }, ...fields.map(fieldOf), attachmentBox(attached, say), make("button", { className: "button main send", textContent: t("改好，重新报送") }));
  for (const field of fields) {
    const input = form.elements.namedItem(field.name);
    const value = values[field.name];
    if (input instanceof HTMLInputElement && input.type === "checkbox") input.checked = value === true;
    else if (value !== null && value !== undefined && (input instanceof HTMLInputElement || input instanceof HTMLTextAreaElement || input instanceof HTMLSelectElement)) input.value = String(value);
  }
  form.dataset.touched = "";
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = valuesOf(new FormData(form), fields);
    const data = item.kind === "answer" ? { ...item.data, note: typed.note ?? "" } : { ...item.data, evidence: typed };
    void outbox.again(item, data, attached).then(done, () => say(t("手机存储已满，没有存下。请清出空间后再按一次")));
  });
  const turn = make("button", { type: "button", className: "button send", textContent: t("转成情况上报") });
  turn.addEventListener("click", asReport);
  return make("div", { className: "stack" },
    make("p", { className: "notice trouble flat" }, make("span", { className: "sign", textContent: "!" }), make("span", { textContent: item.refusal ?? "" })),
    make("strong", { textContent: item.title }), form,
    make("p", { className: "second", textContent: t("任务或叫应已经结束、不再收反馈的，可以把这些内容作为现场情况报给值班室。") }), turn);
}

/** The content of any refused item as the content of a report. */
export function reportOf(item: OutboxItem): Record<string, unknown> {
  const lines = entered(item).map(([label, value]) => `${label}：${value}`);
  return { text: [item.title, ...lines].join("；"), kind: null, place: "", trapped: null, injured: null, position: null };
}
