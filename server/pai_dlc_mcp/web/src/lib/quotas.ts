// What quotas have, as the tool words it, as numbers. Pure.

export interface Amounts {
  readonly gpu: number | null;
  readonly cpu: number | null;
  readonly memoryGib: number | null;
}

export interface Holder {
  readonly jobId: string;
  readonly name: string;
  readonly user: string;
  readonly holds: Amounts;
}

/** `56 GPU, 448 CPU, 2688 GiB` as numbers. */
export function amountsOf(text: unknown): Amounts {
  const words = typeof text === "string" ? text : "";
  const of = (unit: string) => {
    const found = new RegExp(`(\\d[\\d,.]*)\\s*${unit}\\b`).exec(words)?.[1];
    return found === undefined ? null : Number(found.replaceAll(",", ""));
  };
  return { gpu: of("GPU"), cpu: of("CPU"), memoryGib: of("GiB") };
}

/** The parent that a row names, `quota7 (free 30 GPU, 496 CPU, 1952 GiB)`: its id, and what is free there where that is known. */
export function parentOf(text: unknown): { readonly id: string; readonly free: Amounts } | null {
  const found = /^(\S+)(.*)$/.exec(typeof text === "string" ? text : "");
  return found ? { id: found[1]!, free: amountsOf(found[2]) } : null;
}

/** GPUs that a job can get: no more than the quota has free, nor than its parent has. Null where the quota has none or does not say. */
export function gpusToBeHad(free: Amounts, above: Amounts | undefined): number | null {
  return free.gpu === null || above?.gpu == null ? free.gpu : Math.min(free.gpu, above.gpu);
}

const HOLDER = /(\d[^;"]*?) (\S+) "((?:\\.|[^"\\])*)" of (.*?)(?=; \d|$)/g;

/** The holders that a row of `dlc_quota_status` names in one line. */
export function holdersOf(text: unknown): Holder[] {
  if (typeof text !== "string") return [];
  return [...text.matchAll(HOLDER)].map(([, holds, jobId, name, user]) => ({ jobId: jobId!, name: name!, user: user!, holds: amountsOf(holds) }));
}

/** Percent of the total, 0 to 100; 0 where the total is none. */
export function share(part: number | null, total: number | null): number {
  return part === null || !total ? 0 : Math.max(0, Math.min(100, (100 * part) / total));
}
