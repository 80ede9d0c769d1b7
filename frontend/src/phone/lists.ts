/** 我的任务, 叫应回执, 我的网格: the last data, acted on with or without a network. */
import { t } from "../i18n";
import type { PhoneCall, PhoneData, PhoneField, PhoneMember, PhoneTask } from "./data";
import { levelBadge, make } from "./make";
import type { Outbox } from "./outbox";
import { attachmentBox, type Attached } from "./report";

export interface Ways { outbox: Outbox; say: (text: string) => void; /** ids of records with something on the way */ underway: Map<string, string>; /** ids of records of which something came back */ refused: Set<string>; again: () => void }

function clock(due: string | undefined): HTMLElement | null {
  return due ? make("span", { className: "clock", data: { due } }, make("span", { className: "word" }), make("time", { className: "left" })) : null;
}

function backNote(id: string, ways: Ways): HTMLElement | null {
  return ways.refused.has(id) ? make("a", { className: "notice trouble flat", href: "#unsent" }, make("span", { className: "sign", textContent: "!" }), t("有一条被退回：看原因，修改或撤回")) : null;
}

function sentNote(id: string, ways: Ways): HTMLElement | null {
  const title = ways.underway.get(id);
  return title === undefined ? null : make("p", { className: "notice flat" }, make("span", { className: "sign", textContent: "↑" }), t("已办“{what}”，待送达", { what: title }));
}

/** The longest text of a field that names no limit of its own. */
const LONGEST = 2000;

/** One field of a form, as the thumb finds it. */
export function fieldOf(field: PhoneField): HTMLElement {
  if (field.kind === "bool") return make("label", { className: "tick" }, make("input", { type: "checkbox", name: field.name, value: "true" }), field.label);
  const input = field.kind === "choice"
    ? make("select", { name: field.name, required: field.required ?? false }, make("option", { value: "", textContent: t("请选择") }), ...(field.choices ?? []).map(([value, label]) => make("option", { value, textContent: label })))
    : field.kind === "longtext" ? make("textarea", { name: field.name, required: field.required ?? false, maxLength: field.max_length ?? LONGEST })
    : make("input", { name: field.name, required: field.required ?? false, maxLength: field.max_length ?? LONGEST, type: field.kind === "int" || field.kind === "decimal" ? "number" : "text", step: field.kind === "decimal" ? "any" : "1" });
  return make("div", { className: "field" }, make("span", { className: "label", textContent: field.label + (field.unit ? `（${field.unit}）` : "") }), input);
}

/** Values of a form by the kinds of its fields; what was left open is null. */
export function valuesOf(form: FormData, fields: PhoneField[]): Record<string, string | number | boolean | null> {
  return Object.fromEntries(fields.map((field) => {
    const raw = form.get(field.name);
    if (field.kind === "bool") return [field.name, raw === "true"];
    if (typeof raw !== "string" || raw.trim() === "") return [field.name, null];
    return [field.name, field.kind === "int" || field.kind === "decimal" ? Number(raw) : raw.trim()];
  }));
}

function taskCard(task: PhoneTask, ways: Ways): HTMLElement {
  const form = make("form", { className: "stack", hidden: true });
  const attached: Attached[] = [];
  let chosen = "";
  const label = (): string => task.steps.find((s) => s.name === chosen)?.label ?? "";
  const asked = (): PhoneField[] => {
    const names = task.steps.find((s) => s.name === chosen)?.fields;
    return names ? task.fields.filter((f) => names.includes(f.name)) : task.fields;
  };
  const boxes = new Map(task.fields.map((field) => [field.name, fieldOf(field)]));
  form.append(...boxes.values(), attachmentBox(attached, ways.say), make("button", { className: "button main send", textContent: t("提交") }));
  const queue = (values: Record<string, unknown>): void =>
    void ways.outbox.add("task", `${label()} · ${task.title}`, { task: task.id, step: chosen, evidence: values }, attached, new Date(), asked()).then(ways.again, () => ways.say(t("手机存储已满，没有存下。请清出空间后再按一次")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    queue(valuesOf(new FormData(form), asked()));
  });
  const waiting = sentNote(task.id, ways);
  const steps = make("div", { className: "buttons wide" }, ...task.steps.map((step) => {
    const button = make("button", { type: "button", className: step.main ? "button main" : "button", textContent: step.label });
    button.addEventListener("click", () => {
      chosen = step.name;
      if (step.evidence) {
        form.hidden = false;
        // A step asks for its own evidence and nothing else.
        const names = new Set(asked().map((f) => f.name));
        boxes.forEach((box, name) => {
          box.hidden = !names.has(name);
          box.querySelectorAll<HTMLInputElement>("input, textarea, select").forEach((input) => (input.disabled = !names.has(name)));
        });
        steps.querySelectorAll("button").forEach((b) => (b.ariaPressed = String(b === button)));
        const send = form.querySelector<HTMLElement>("button.send");
        if (send) send.textContent = step.label;
        form.querySelector<HTMLElement>("input:enabled, textarea:enabled, select:enabled")?.focus();
      } else queue({});
    });
    return button;
  }));
  return make("article", { className: "card" },
    make("div", { className: "inside stack" },
      make("div", { className: "apart" }, make("h2", { textContent: task.title }), clock(task.due)),
      task.place ? make("p", { className: "second", textContent: task.place }) : null,
      task.detail ? make("p", { className: "said", textContent: task.detail }) : null,
      task.page ? make("a", { className: task.steps.length ? "button" : "button main send", href: task.page.url, textContent: task.page.label }) : null,
      make("span", { className: "state", data: { phase: task.state }, textContent: task.state_label }),
      backNote(task.id, ways), waiting ?? steps, waiting ? null : form));
}

export function taskList(data: PhoneData | undefined, ways: Ways): HTMLElement {
  if (!data?.tasks.length) return empty(data, t("没有派给您的任务"), t("收到任务会出现在这里，并有提示音。"));
  return make("div", { className: "stack" }, ...data.tasks.map((task) => taskCard(task, ways)));
}

function callCard(call: PhoneCall, ways: Ways): HTMLElement {
  const waiting = sentNote(call.id, ways);
  const note = make("input", { placeholder: t("备注（可不填）"), autocomplete: "off", maxLength: 200 });
  const answer = make("button", { type: "button", className: "button main send", textContent: t("收到，我在岗") });
  answer.addEventListener("click", () => void ways.outbox.add("answer", call.title, { call: call.id, note: note.value.trim() }).then(ways.again, () => ways.say(t("手机存储已满，没有存下。请清出空间后再按一次"))));
  return make("article", { className: "card" }, make("div", { className: "inside stack" },
    make("div", { className: "apart" }, call.level ? levelBadge(call.level, t) : null, call.answered_at || waiting ? null : clock(call.due)),
    make("h2", { textContent: call.title }), make("p", { textContent: call.text }), backNote(call.id, ways), call.from ? make("p", { className: "quiet", textContent: call.from }) : null,
    call.answered_at ? make("span", { className: "state", data: { phase: "done" } }, t("已应答"), " ", make("time", { data: { time: call.answered_at } })) : (waiting ?? make("div", { className: "stack" }, note, answer))));
}

export function callList(data: PhoneData | undefined, ways: Ways): HTMLElement {
  if (!data?.calls.length) return empty(data, t("现在没有要您应答的叫应"), t("预警叫应到您时会出现在这里，并有提示音。"));
  return make("div", { className: "stack" }, ...data.calls.map((call) => callCard(call, ways)));
}

function memberRow(member: PhoneMember, ways: Ways): HTMLElement {
  const waiting = ways.underway.has(member.id);
  const reached = make("button", { type: "button", className: "button", textContent: t("已到点查看") });
  reached.addEventListener("click", () => void ways.outbox.add("grid", `${t("已到点查看")} · ${member.name}`, { member: member.id, reached: true }).then(ways.again, () => ways.say(t("手机存储已满，没有存下。请清出空间后再按一次"))));
  return make("li", {},
    make("div", {}, make("strong", { textContent: member.name }), make("div", { className: "second", textContent: [member.address, member.people === null || member.people === undefined ? "" : t("{n} 人", { n: member.people }), member.needs].filter(Boolean).join(" · ") }), backNote(member.id, ways)),
    make("span", { className: "buttons" },
      member.phone ? make("a", { className: "call", href: `tel:${member.phone}`, textContent: member.phone }) : null,
      member.reached || waiting ? make("span", { className: "state", data: { phase: waiting ? "waiting" : "done" }, textContent: waiting ? t("待送达") : t("已查看") }) : reached));
}

export function gridList(data: PhoneData | undefined, ways: Ways): HTMLElement {
  if (!data?.grid.members.length) return empty(data, t("您的网格里还没有要查看的点"), t("风险点、防护目标、避难场所在基础库中登记后，会出现在这里。"));
  const left = data.grid.members.filter((m) => !m.reached && !ways.underway.has(m.id));
  const search = make("input", { type: "search", placeholder: t("按名称、地址查找"), ariaLabel: t("按名称、地址查找") });
  const list = make("ul", { className: "rows card households" });
  const draw = (): void => list.replaceChildren(...[...data.grid.members]
    .filter((m) => `${m.name}${m.address ?? ""}${m.phone ?? ""}`.includes(search.value.trim()))
    // The ones not yet reached stand first.
    .sort((a, b) => Number(Boolean(a.reached)) - Number(Boolean(b.reached)))
    .slice(0, 300).map((m) => memberRow(m, ways)));
  search.addEventListener("input", draw);
  draw();
  return make("div", { className: "stack" }, make("div", { className: "apart" }, make("h2", { textContent: data.grid.title }), make("span", { className: "number", textContent: t("未查看 {n} / 共 {all}", { n: left.length, all: data.grid.members.length }) })), search, list);
}

function empty(data: PhoneData | undefined, title: string, how: string): HTMLElement {
  return data
    ? make("div", { className: "empty card" }, make("strong", { textContent: title }), make("span", { textContent: how }))
    : make("div", { className: "empty card" }, make("strong", { textContent: t("这台手机上还没有数据") }), make("span", { textContent: t("请在有网络的地方打开一次；之后没有网络也能用。") }));
}
