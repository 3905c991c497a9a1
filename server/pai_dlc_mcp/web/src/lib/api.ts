// The page's only way out: the server's own /api, which reads through the same tools and guards as an agent.

import type { ToolArguments, ToolName } from "../generated/tools";
import { Gate } from "./gate";

export type Data = Record<string, unknown>;

export interface Envelope {
  readonly ok: boolean;
  readonly region?: string;
  readonly data?: Data;
  readonly error?: Fault;
  readonly notices?: readonly { readonly rule: string; readonly message: string }[];
  readonly truncated?: Data | null;
}

export interface Fault {
  readonly code: string;
  readonly message: string;
  readonly rule?: string | null;
  readonly field?: string | null;
  readonly hint?: string | null;
  /** With 401: how one signs in here: with a token, with one of two kinds, at the address that the terminal shows, or just so. */
  readonly login?: Login;
}

export type Login = "token" | "oauth" | "dashboard" | "open";

export interface Session {
  readonly caller: { readonly name: string; readonly person: boolean };
  readonly version: string;
  readonly region: string;
  readonly regions: readonly string[];
  readonly workspaces: readonly string[] | null;
  readonly emulator: boolean;
  readonly read_only: boolean;
  readonly can_approve: boolean;
  readonly tools: readonly string[];
  readonly clock: string;
}

export interface Approval {
  readonly id: string;
  readonly tool: string;
  readonly effect: string;
  readonly target: { readonly id: string | null; readonly name: string };
  readonly type_name: string;
  readonly preview: Data;
  readonly pages?: number;
  readonly asked_at: string;
  readonly expires_at: string;
  readonly asked_by: string;
  readonly region?: string;
  readonly title?: string;
}

export interface Decided {
  readonly id: string;
  readonly tool: string;
  readonly target: { readonly id: string | null; readonly name: string } | string;
  readonly decision: "yes" | "no";
  readonly decided_by: string;
  readonly decided_at: string;
  readonly outcome: string | null;
}

export interface Approvals {
  readonly waiting: readonly Approval[];
  readonly decided: readonly Decided[];
}

export interface Act {
  readonly time: string;
  readonly caller: string;
  readonly tool: string;
  /** What names it among the arguments, such as `{"JobId": …}`. */
  readonly target: string | Readonly<Record<string, string | null>> | null;
  readonly outcome: string;
  readonly call_id: string | null;
  readonly request_id: string | null;
}

/** What the server refused or could not do, or `offline` where it did not answer at all. */
export class ApiError extends Error {
  constructor(
    readonly fault: Fault,
    readonly status: number,
  ) {
    super(fault.message);
  }
}

/** Called wherever the server says that nobody is signed in. */
export const signedOut: { listener: (login?: Login) => void } = { listener: () => undefined };

const PAGE_KEY = "page_key";
const TIMEOUT_MS = 40_000;
/** The server takes so many requests of a session at once; the others wait here. */
const gate = new Gate(6);

/** The header that only this page can send: cookies go to every port of a host, what the browser keeps for it does not. */
export function pageHeader(): Record<string, string> {
  return { "X-PAI-DLC-Page": localStorage.getItem(PAGE_KEY) ?? "1" };
}

/** The page's key comes behind the `#` of the address that signs in, and leaves the address at once. */
export function takePageKey(): void {
  const found = /^#page_key=([\w-]+)$/.exec(location.hash);
  if (!found) return;
  localStorage.setItem(PAGE_KEY, found[1]!);
  history.replaceState(null, "", location.pathname + location.search);
}

/** Exchanges a bearer token for a session. */
export async function signIn(token: string): Promise<void> {
  const answer = await send<{ page_key?: string } | null>("POST", "/api/session", { token }, { "X-PAI-DLC-Page": "login" });
  if (answer?.page_key) localStorage.setItem(PAGE_KEY, answer.page_key);
}

export async function signOut(): Promise<void> {
  try {
    await request("DELETE", "/api/session");
  } finally {
    localStorage.removeItem(PAGE_KEY);
    signedOut.listener();
  }
}

export function request<Answer>(method: "GET" | "POST" | "DELETE", path: string, body?: unknown): Promise<Answer> {
  // What a person decides never waits behind what is read.
  const isRead = method === "GET" || path.startsWith("/api/tools/");
  return isRead ? gate.run(() => send<Answer>(method, path, body)) : send<Answer>(method, path, body);
}

async function send<Answer>(method: string, path: string, body: unknown, header = pageHeader()): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers: { ...header, ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      body: body === undefined ? null : JSON.stringify(body),
      credentials: "same-origin",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    const isLate = error instanceof DOMException && error.name === "TimeoutError";
    throw new ApiError({ code: isLate ? "late" : "offline", message: "" }, 0);
  }
  const answer = (await response.json().catch(() => null)) as { error?: Fault } | null;
  if (response.status === 401 && path !== "/api/session") signedOut.listener(answer?.error?.login);
  if (!response.ok) throw new ApiError(answer?.error ?? { code: `http_${response.status}`, message: "" }, response.status);
  return answer as Answer;
}

/** One tool's envelope, as an agent would get it. A refusal is an envelope too; only a failed request throws. */
export function callTool<Name extends ToolName>(name: Name, args: ToolArguments[Name]): Promise<Envelope> {
  return request<Envelope>("POST", `/api/tools/${name}`, args);
}

/** The data of a tool's answer. Throws an `ApiError` for a refusal. */
export async function readTool<Name extends ToolName>(name: Name, args: ToolArguments[Name]): Promise<Data> {
  return dataOf(await callTool(name, args));
}

export function dataOf(envelope: Envelope): Data {
  if (envelope.ok && envelope.data) return envelope.data;
  throw new ApiError(envelope.error ?? { code: "internal", message: "" }, 200);
}
