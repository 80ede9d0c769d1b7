/** 报情况: photo first, words later, voice accepted, place from the device or by hand. */
import { t } from "../i18n";
import { NotAPhoto, shrink } from "../photos";
import { findVillages, type PhoneData } from "./data";
import { make } from "./make";
import type { Outbox } from "./outbox";
import type { OutboxItem } from "./store";
import { pinMap } from "./pinmap";
import { canRecord, voiceButton } from "./voice";

export interface Attached { name: string; type: string; blob: Blob }
/** The content of a report that is not yet on its way: half typed, or sent back. */
export type Draft = Pick<OutboxItem, "data" | "files">;

/** Photos and voice notes that are chosen, with previews and a way to take each back. */
export function attachmentBox(attached: Attached[], say: (text: string) => void, changed?: () => void): HTMLElement {
  const list = make("ul", { className: "attachments" });
  const redraw = (): void => {
    draw();
    changed?.();
  };
  const draw = (): void => list.replaceChildren(...attached.map((file, i) => {
    const drop = make("button", { type: "button", className: "button plain small", textContent: "✕", ariaLabel: t("去掉") });
    drop.addEventListener("click", () => {
      attached.splice(i, 1);
      redraw();
    });
    const picture = file.type.startsWith("image/") ? make("img", { src: URL.createObjectURL(file.blob), alt: "" }) : make("span", { className: "ext", textContent: t("音") });
    return make("li", {}, picture, make("span", { className: "name", textContent: `${(file.blob.size / 1024).toFixed(0)} KB` }), drop);
  }));
  const take = async (files: FileList | null): Promise<void> => {
    for (const file of [...(files ?? [])]) {
      try {
        const blob = await shrink(file);
        attached.push({ name: blob === file ? file.name : `${file.name.replace(/\.\w+$/, "")}.jpg`, type: blob.type, blob });
      } catch (error) {
        if (!(error instanceof NotAPhoto)) throw error;
        say(t("“{name}”不是能打开的图片", { name: file.name }));
      }
    }
    redraw();
  };
  const picker = (label: string, capture: boolean, main: boolean): HTMLElement => {
    const input = make("input", { type: "file", accept: "image/*", multiple: !capture, className: "sr", ...(capture ? { attrs: { capture: "environment" } } : {}) });
    input.addEventListener("change", () => void take(input.files));
    return make("label", { className: main ? "button main" : "button" }, label, input);
  };
  const voice = canRecord() ? voiceButton((blob) => {
    attached.push({ name: `voice-${Date.now()}.webm`, type: blob.type, blob });
    redraw();
  }, say) : null;
  draw();
  return make("div", { className: "stack" }, make("div", { className: "buttons wide" }, picker(t("拍照"), true, true), picker(t("相册"), false, false), voice), list);
}

/** Put the content of a refused report back into the form. */
function fill(form: HTMLFormElement, data: Record<string, unknown>): void {
  for (const name of ["text", "place", "trapped", "injured"]) {
    const field = form.elements.namedItem(name);
    const value = data[name];
    if ((field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) && value !== null && value !== undefined) field.value = String(value);
  }
  form.querySelectorAll<HTMLInputElement>("input[name=kind]").forEach((choice) => (choice.checked = choice.value === data.kind));
  form.dataset.touched = "";
}

export function reportForm(data: PhoneData | undefined, outbox: Outbox, done: () => void, say: (text: string) => void, wrong?: Draft, remember?: (draft: Draft) => void): HTMLElement {
  const attached: Attached[] = wrong ? [...wrong.files] : [];
  const changed = (): void => remember?.({ data: content(), files: attached });
  const place = make("input", { name: "place", placeholder: t("村、社区、路口或桥名"), autocomplete: "off", maxLength: 200, attrs: { list: "villages" } });
  const where = make("p", { className: "hint", textContent: t("正在取当前位置…") });
  let source: "device" | "hand" | "village" | null = null;
  let accuracy: number | null = null;
  const pin = pinMap(data?.outline, data?.villages ?? [], () => {
    source = "hand";
    accuracy = null;
    where.textContent = t("已手动定位");
    changed();
  });
  const suggestions = make("div", { className: "choices" });
  place.addEventListener("input", () => suggestions.replaceChildren(...findVillages(data?.villages ?? [], place.value).map((village) => {
    const button = make("button", { type: "button", className: "chip", textContent: village.name });
    button.addEventListener("click", () => {
      place.value = village.name;
      suggestions.replaceChildren();
      if (village.lon !== null && village.lat !== null && source !== "hand") {
        pin.set(village.lon, village.lat);
        source = "village";
        where.textContent = t("位置按村（社区）驻地，可拖动更正");
      }
    });
    return button;
  })));
  navigator.geolocation?.getCurrentPosition(
    (p) => {
      if (source !== null) return;
      source = "device";
      accuracy = Math.round(p.coords.accuracy);
      pin.set(p.coords.longitude, p.coords.latitude, accuracy);
      where.textContent = t("已取当前位置，误差约 {n} 米；拖动地图可更正", { n: accuracy });
    },
    () => (where.textContent = t("取不到位置：请拖动地图，或填村（社区）名")),
    { enableHighAccuracy: true, timeout: 12_000, maximumAge: 30_000 },
  );
  if (!navigator.geolocation) where.textContent = t("取不到位置：请拖动地图，或填村（社区）名");
  const kinds = make("div", { className: "choices" }, ...(data?.kinds ?? []).map((kind) =>
    make("label", { className: "choice" }, make("input", { type: "radio", name: "kind", value: kind.code }), make("span", { textContent: kind.label }))));
  const text = make("textarea", { name: "text", rows: 3, maxLength: 3000, placeholder: t("发生了什么，有没有人受伤或被困") });
  const trapped = make("input", { type: "number", name: "trapped", min: "0", inputMode: "numeric", placeholder: t("不清楚") });
  const hurt = make("input", { type: "number", name: "injured", min: "0", inputMode: "numeric", placeholder: t("不清楚") });
  const field = (label: string, ...inside: HTMLElement[]): HTMLElement => make("div", { className: "field" }, make("span", { className: "label", textContent: label }), ...inside);
  const form = make("form", { className: "stack" },
    attachmentBox(attached, say, changed),
    data?.kinds.length ? field(t("什么情况"), kinds) : null,
    field(t("在哪里"), place, suggestions, pin.element, where),
    field(t("说明"), text),
    make("div", { className: "pair" }, field(t("被困（人）"), trapped), field(t("受伤（人）"), hurt)),
    make("button", { className: "button main send", textContent: t("报送") }));
  if (wrong) fill(form, wrong.data);
  const before = wrong?.data.position as { lon: number; lat: number; accuracy_m: number | null; source: "device" | "hand" | "village" } | null | undefined;
  if (before) {
    source = before.source;
    accuracy = before.accuracy_m;
    pin.set(before.lon, before.lat, before.accuracy_m);
    where.textContent = t("位置同上次填报，可拖动更正");
  }
  // Unknown is null, never 0.
  const count = (input: HTMLInputElement): number | null => (input.value === "" ? null : Number(input.value));
  const content = (): Record<string, unknown> => {
    const at = pin.value();
    return {
      kind: new FormData(form).get("kind") ?? null, text: text.value.trim(), place: place.value.trim(), trapped: count(trapped), injured: count(hurt),
      position: at ? { ...at, accuracy_m: accuracy, source } : null,
    };
  };
  form.addEventListener("input", changed);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const values = new FormData(form);
    if (attached.length === 0 && !text.value.trim() && !values.get("kind")) {
      say(t("请先拍一张照片，或选情况、写一句话"));
      return;
    }
    const label = data?.kinds.find((k) => k.code === values.get("kind"))?.label;
    void outbox.add("report", [label, place.value].filter(Boolean).join(" · ") || t("现场情况"), content(), attached).then(done, () => say(t("手机存储已满，没有存下。请清出空间后再按一次")));
  });
  return form;
}
