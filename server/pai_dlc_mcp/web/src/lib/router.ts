// Which page the address names.

export type Route =
  | { readonly page: "jobs" | "quotas" | "approvals" | "audit" | "unknown" }
  | { readonly page: "job"; readonly id: string };

/** The page of a path. `/jobs/ID` is one job. */
export function routeOf(path: string): Route {
  const parts = path.split("/").filter(Boolean);
  const [first, second] = parts;
  if (parts.length === 0 || (first === "jobs" && parts.length === 1)) return { page: "jobs" };
  if (first === "jobs" && second && parts.length === 2) return { page: "job", id: decode(second) };
  if (parts.length === 1 && (first === "quotas" || first === "approvals" || first === "audit")) return { page: first };
  if (first === "login") return { page: "jobs" };
  return { page: "unknown" };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The address of a page, with the region where it is not the server's own. */
export function addressOf(path: string, region: string, ownRegion: string): string {
  return region && region !== ownRegion ? `${path}?region=${encodeURIComponent(region)}` : path;
}
