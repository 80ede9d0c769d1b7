/** What the phone keeps without a network: things to send (outbox) and the last data received. IndexedDB, one database a device. */
import type { PhoneField } from "./data";

const NAME = "anlan-phone";

export type ItemState = "waiting" | "sending" | "refused";

export interface OutboxItem {
  /** Made here, once; the server takes each id once. */
  id: string;
  kind: "report" | "task" | "answer" | "grid";
  made_at: string;
  /** Whose sign-in made it: another person's items are never sent under this one's name. */
  person: string;
  /** The world (real or an exercise) that the phone showed when it was made: it is carried out there or nowhere. */
  world?: string;
  data: Record<string, unknown>;
  files: { name: string; type: string; blob: Blob }[];
  state: ItemState;
  attempts: number;
  next_at: number;
  /** Why the server refuses it for good, in words to show. */
  refusal?: string;
  title: string;
  /** The fields of the form it was entered in: kept here so that it can be read and put right, never sent. */
  fields?: PhoneField[];
}

function promised<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((done, fail) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error ?? new Error("storage failed"));
  });
}

function finished(transaction: IDBTransaction): Promise<void> {
  return new Promise((done, fail) => {
    transaction.oncomplete = () => done();
    transaction.onerror = transaction.onabort = () => fail(transaction.error ?? new Error("storage failed"));
  });
}

let opened: Promise<IDBDatabase> | null = null;

function database(): Promise<IDBDatabase> {
  opened ??= new Promise((done, fail) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("outbox", { keyPath: "id" });
      request.result.createObjectStore("kept");
    };
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error ?? new Error("storage failed"));
  });
  return opened;
}

/** Write durably: resolves only when the item is on the device. */
export async function put(item: OutboxItem): Promise<void> {
  const transaction = (await database()).transaction("outbox", "readwrite", { durability: "strict" });
  transaction.objectStore("outbox").put(item);
  await finished(transaction);
}

export async function remove(id: string): Promise<void> {
  const transaction = (await database()).transaction("outbox", "readwrite", { durability: "strict" });
  transaction.objectStore("outbox").delete(id);
  await finished(transaction);
}

/** All items of `person`, oldest first. */
export async function items(person: string): Promise<OutboxItem[]> {
  const all = await promised((await database()).transaction("outbox").objectStore("outbox").getAll() as IDBRequest<OutboxItem[]>);
  return all.filter((item) => item.person === person).sort((a, b) => a.made_at.localeCompare(b.made_at));
}

export async function keep(key: string, value: unknown): Promise<void> {
  const transaction = (await database()).transaction("kept", "readwrite");
  transaction.objectStore("kept").put(value, key);
  await finished(transaction);
}

export async function forget(key: string): Promise<void> {
  const transaction = (await database()).transaction("kept", "readwrite");
  transaction.objectStore("kept").delete(key);
  await finished(transaction);
}

export async function kept<T>(key: string): Promise<T | undefined> {
  return promised((await database()).transaction("kept").objectStore("kept").get(key) as IDBRequest<T | undefined>);
}

/** For tests: forget the open database. */
export async function close(): Promise<void> {
  if (opened) (await opened).close();
  opened = null;
}
