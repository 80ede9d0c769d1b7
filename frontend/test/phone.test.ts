import { beforeEach, describe, expect, it, vi } from "vitest";
import { fitted } from "../src/photos";
import { findVillages } from "../src/phone/data";
import { valuesOf } from "../src/phone/lists";
import { Outbox, outcomeOf } from "../src/phone/outbox";
import { toDegrees, toPixel, type View } from "../src/phone/pinmap";
import { items, put, remove } from "../src/phone/store";

const answers = (...statuses: (number | Error)[]) => {
  const seen: string[] = [];
  const send = vi.fn(async (_url: unknown, init?: RequestInit) => {
    seen.push((JSON.parse(String((init?.body as FormData).get("item"))) as { id: string }).id);
    const next = statuses.length > 1 ? statuses.shift() : statuses[0];
    if (next instanceof Error) throw next;
    return new Response(JSON.stringify({ message: "积水深度不对" }), { status: next ?? 200 });
  });
  return { send: send as unknown as typeof fetch, seen };
};

beforeEach(async () => {
  for (const person of ["p", "q"]) for (const item of await items(person)) await remove(item.id);
});

const outbox = (send: typeof fetch, person = "p"): Outbox => new Outbox("/phone/sync/", person, () => "token", send);

describe("the outbox", () => {
  it("sends what was kept and then forgets it", async () => {
    const { send, seen } = answers(201);
    const box = outbox(send);
    const id = await box.add("report", "积水", { text: "x" });
    await vi.waitFor(async () => expect(await items("p")).toHaveLength(0));
    expect(seen).toEqual([id]);
  });
  it("keeps an item through failures and repeats it under the same id", async () => {
    const { send, seen } = answers(new TypeError("offline"), 503, 200);
    const box = outbox(send);
    const id = await box.add("report", "积水", {});
    await vi.waitFor(async () => expect((await items("p"))[0]?.attempts).toBe(1));
    await box.flush(true);
    await box.flush(true);
    expect(await items("p")).toHaveLength(0);
    expect(seen).toEqual([id, id, id]);
  });
  it("never posts the same item twice at once", async () => {
    let release: (r: Response) => void = () => undefined;
    const send = vi.fn(() => new Promise<Response>((done) => (release = done)));
    const box = outbox(send as unknown as typeof fetch);
    await box.add("report", "积水", {});
    await Promise.all([box.flush(), box.flush(), box.flush()]);
    await vi.waitFor(() => expect(send).toHaveBeenCalledTimes(1));
    release(new Response("{}", { status: 200 }));
    await vi.waitFor(async () => expect(await items("p")).toHaveLength(0));
    expect(send).toHaveBeenCalledTimes(1);
  });
  it("keeps what the platform refuses, with its reason, and goes on with the rest", async () => {
    const { send, seen } = answers(422, 200);
    const box = outbox(send);
    const at = new Date().toISOString();
    for (const id of ["a", "b"]) await put({ id, kind: "report", title: id, data: {}, files: [], person: "p", made_at: `${at}${id}`, state: "waiting", attempts: 0, next_at: 0 });
    await box.flush(true);
    const left = await items("p");
    expect(left.map((i) => [i.id, i.state, i.refusal])).toEqual([["a", "refused", "积水深度不对"]]);
    await box.flush(true);
    expect(seen).toEqual(["a", "b"]);
  });
  it("waits for the sign-in and sends nothing of another person", async () => {
    const { send, seen } = answers(401);
    await put({ id: "q1", kind: "report", title: "", data: {}, files: [], person: "q", made_at: "1", state: "waiting", attempts: 0, next_at: 0 });
    const box = outbox(send);
    await box.add("report", "x", {});
    await vi.waitFor(async () => expect((await box.status()).needsSignin).toBe(true));
    expect((await box.status()).unsent).toBe(1);
    expect(seen).not.toContain("q1");
  });
  it("treats answers as the contract says", () => {
    expect([200, 201, 422, 413, 401, 403, 500, 503, 429, 404].map((status) => outcomeOf(status))).toEqual(["accepted", "accepted", "refused", "refused", "signin", "refused", "later", "later", "later", "refused"]);
    // A gateway's own page says nothing about the item.
    expect(outcomeOf(404, false)).toBe("later");
  });
  it("sends what was put right under a new id, in its own world and of its own moment, and never loses it in between", async () => {
    const refused = { id: "r1", kind: "task", title: "反馈", data: { evidence: { depth: -1 } }, files: [], person: "p", world: "w", made_at: "2016-07-20T04:40:00Z", state: "refused", refusal: "深度不对", attempts: 3, next_at: 0 } as const;
    await put({ ...refused, files: [] });
    const box = outbox(answers(503).send);
    await box.again({ ...refused, files: [] }, { evidence: { depth: 40 } }, []);
    const left = await items("p");
    expect(left).toHaveLength(1);
    expect(left[0]?.id).not.toBe("r1");
    expect(left[0]).toMatchObject({ state: "waiting", world: "w", made_at: "2016-07-20T04:40:00Z", data: { evidence: { depth: 40 } } });
    expect(left[0]).not.toHaveProperty("refusal");
  });
});

it("what was left open is null, never 0", () => {
  const form = new FormData();
  form.set("depth", "");
  form.set("people", "0");
  form.set("note", " 已到场 ");
  const fields = [{ name: "depth", label: "", kind: "int" }, { name: "people", label: "", kind: "int" }, { name: "note", label: "", kind: "text" }, { name: "gone", label: "", kind: "text" }] as const;
  expect(valuesOf(form, [...fields])).toEqual({ depth: null, people: 0, note: "已到场", gone: null });
});

it("photos fit into the longest side and are never enlarged", () => {
  expect(fitted(8000, 6000, 2560)).toEqual({ width: 2560, height: 1920 });
  expect(fitted(640, 480, 2560)).toEqual({ width: 640, height: 480 });
});

it("the pin's place comes back from its pixel", () => {
  const view: View = { lon: 116.2, lat: 39.9, scale: 20_000, width: 360, height: 240 };
  const [lon, lat] = toDegrees(view, ...toPixel(view, 116.203, 39.897));
  expect([lon, lat].map((n) => Number(n.toFixed(9)))).toEqual([116.203, 39.897]);
});

it("villages are found by a part of their name, the shortest first", () => {
  const villages = ["古城南路社区", "古城社区", "八角社区"].map((name, i) => ({ code: String(i), name, lon: null, lat: null }));
  expect(findVillages(villages, "古城").map((v) => v.name)).toEqual(["古城社区", "古城南路社区"]);
  expect(findVillages(villages, " ")).toEqual([]);
});
