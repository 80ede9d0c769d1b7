/** A voice note, where the device can record. */
import { t } from "../i18n";

export const LONGEST_MS = 60_000;

export function canRecord(): boolean {
  return typeof MediaRecorder !== "undefined" && Boolean(navigator.mediaDevices?.getUserMedia);
}

/** A button that starts and stops a recording of at most a minute. */
export function voiceButton(done: (note: Blob) => void, failed: (text: string) => void): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  const idle = (): void => {
    button.textContent = t("说一段");
    button.ariaPressed = "false";
  };
  idle();
  let recorder: MediaRecorder | null = null;
  button.addEventListener("click", () => {
    if (recorder) {
      recorder.stop();
      return;
    }
    navigator.mediaDevices.getUserMedia({ audio: true }).then((stream) => {
      const heard: Blob[] = [];
      const current = new MediaRecorder(stream);
      recorder = current;
      current.ondataavailable = (e) => heard.push(e.data);
      current.onstop = () => {
        stream.getTracks().forEach((track) => track.stop());
        recorder = null;
        idle();
        done(new Blob(heard, { type: current.mimeType || "audio/webm" }));
      };
      current.start();
      button.textContent = t("说完了，停");
      button.ariaPressed = "true";
      window.setTimeout(() => current.state === "recording" && current.stop(), LONGEST_MS);
    }).catch(() => failed(t("没有麦克风的使用许可，请在系统设置中打开，或改用文字")));
  });
  return button;
}
