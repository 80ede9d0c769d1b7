import "fake-indexeddb/auto";
import { beforeEach } from "vitest";

beforeEach(() => {
  document.documentElement.lang = "zh-hans";
  document.body.innerHTML = "";
  localStorage.clear();
});
