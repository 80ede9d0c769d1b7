/** The last data from the platform: shown at once, refreshed when there is a line. Its age is always told. */
import { keep, kept } from "./store";

export interface PhoneField {
  name: string; label: string; kind: "text" | "longtext" | "int" | "decimal" | "choice" | "bool"; unit?: string; required?: boolean; choices?: [string, string][]; max_length?: number;
}
export interface PhoneTask { id: string; title: string; detail?: string; place?: string; due?: string; state: string; state_label: string; /** Where the whole of it is read, with a network: originals, long texts. */ page?: { url: string; label: string } | null; fields: PhoneField[]; steps: { name: string; label: string; main?: boolean; evidence?: boolean; /** Names of the fields that this step takes; all of them when left out. */ fields?: string[] }[] }
export interface PhoneCall { id: string; title: string; text: string; from?: string; level?: string; due?: string; answered_at?: string | null }
export interface PhoneMember { id: string; name: string; address?: string; people?: number | null; phone?: string; needs?: string; reached?: boolean | null; lon?: number; lat?: number }
export interface PhoneData {
  /** This device's clock (ms) when the data arrived; set here, not by the server. */
  arrived?: number;
  as_of: string;
  clock: { now: string; rate: number; anchor: string };
  person: { key: string; name: string; post?: string };
  world?: string;
  exercise?: string;
  kinds: { code: string; label: string }[];
  villages: { code: string; name: string; lon: number | null; lat: number | null }[];
  outline?: GeoJSON.FeatureCollection;
  tasks: PhoneTask[];
  calls: PhoneCall[];
  grid: { title: string; unit?: string; members: PhoneMember[] };
}

const KEY = "data";

export async function lastData(person: string): Promise<PhoneData | undefined> {
  const data = await kept<PhoneData>(KEY);
  // Another person's data on a shared phone is not shown.
  return data && data.person.key === person ? data : undefined;
}

export type Fetched = { data: PhoneData } | { signin: true } | { unreachable: true };

export async function fetchData(url: string): Promise<Fetched> {
  try {
    const response = await fetch(url, { headers: { Accept: "application/json" }, redirect: "manual", signal: AbortSignal.timeout(15_000), cache: "no-store" });
    if (response.type === "opaqueredirect" || response.status === 401) return { signin: true };
    if (!response.ok) return { unreachable: true };
    const data = { ...((await response.json()) as PhoneData), arrived: Date.now() };
    await keep(KEY, data);
    return { data };
  } catch {
    return { unreachable: true };
  }
}

/** Villages whose name holds the words, the shortest names first. */
export function findVillages(villages: PhoneData["villages"], words: string, most = 6): PhoneData["villages"] {
  const wanted = words.trim();
  if (!wanted) return [];
  return villages.filter((v) => v.name.includes(wanted)).sort((a, b) => a.name.length - b.name.length).slice(0, most);
}
