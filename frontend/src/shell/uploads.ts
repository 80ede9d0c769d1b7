/** Choosing, dropping and pasting files; big photos are made small first. */
import { t } from "../i18n";
import { NotAPhoto, shrink } from "../photos";
import { csrf } from "./forms";
import { askPlatform } from "./world";
import { toast } from "./toasts";

async function lighten(file: File): Promise<File | null> {
  if (!file.type.startsWith("image/")) return file;
  try {
    const small = await shrink(file);
    return small === file ? file : new File([small], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
  } catch (error) {
    if (!(error instanceof NotAPhoto)) throw error;
    toast(t("“{name}”不是能打开的图片", { name: file.name }), { trouble: true, mend: t("请改用 JPG 或 PNG 图片") });
    return null;
  }
}

function listChosen(list: Element | null, files: File[]): void {
  list?.replaceChildren(...files.map((file) => {
    const item = document.createElement("li");
    if (file.type.startsWith("image/")) {
      const picture = document.createElement("img");
      picture.src = URL.createObjectURL(file);
      picture.alt = "";
      item.append(picture);
    }
    const name = document.createElement("span");
    name.className = "name";
    name.textContent = `${file.name} ${(file.size / 1024 / 1024).toFixed(1)} MB`;
    item.append(name);
    return item;
  }));
}

async function take(box: HTMLElement, files: File[]): Promise<void> {
  const input = box.querySelector<HTMLInputElement>("input[type=file]");
  if (!input || files.length === 0) return;
  const light = (await Promise.all(files.map(lighten))).filter((f): f is File => f !== null);
  if (box instanceof HTMLFormElement && box.hasAttribute("data-post")) {
    await post(box, light);
    return;
  }
  const transfer = new DataTransfer();
  light.forEach((file) => transfer.items.add(file));
  input.files = transfer.files;
  listChosen(box.querySelector("[data-chosen]"), light);
}

async function post(form: HTMLFormElement, files: File[]): Promise<void> {
  for (const file of files) {
    const body = new FormData();
    body.set("file", file);
    const response = await askPlatform(form.action, { method: "POST", body, headers: { Accept: "application/json", "X-CSRFToken": csrf() } }).catch(() => null);
    const answer = (await response?.json().catch(() => ({}))) as { message?: string; mend?: string; name?: string } | undefined;
    if (!response?.ok) toast(answer?.message ?? t("“{name}”没有传上", { name: file.name }), { trouble: true, mend: answer?.mend ?? t("请检查网络后再传一次") });
    else listChosen(form.querySelector("[data-chosen]"), files);
  }
  form.dispatchEvent(new CustomEvent("anlan:uploaded", { bubbles: true }));
}

export function startUploads(): void {
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || input.type !== "file" || !input.files) return;
    const box = input.closest<HTMLElement>("[data-uploader]");
    if (box) void take(box, [...input.files]);
  });
  document.addEventListener("submit", (event) => {
    if ((event.target as Element).matches("form[data-uploader][data-post]")) event.preventDefault();
  });
  for (const kind of ["dragover", "dragleave", "drop"] as const) {
    document.addEventListener(kind, (event) => {
      const box = (event.target as Element).closest?.<HTMLElement>("[data-uploader]");
      if (!box) return;
      event.preventDefault();
      box.toggleAttribute("data-over", kind === "dragover");
      if (kind === "drop") void take(box, [...(event.dataTransfer?.files ?? [])]);
    });
  }
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    const box = (event.target as Element).closest?.("form, dialog")?.querySelector<HTMLElement>("[data-uploader]");
    if (box && files.length > 0) void take(box, files);
  });
}
