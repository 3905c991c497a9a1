// What the server sends by itself: one stream for the page, with what its parts watch; none while nobody looks.

import { pageHeader, signedOut } from "./api";
import { EventParser } from "./sse";

export type LiveState = "connecting" | "live" | "offline";
type Listener = (data: unknown) => void;

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 20_000;
/** A stream that says nothing for so long is dead: the server sends a sign of life every 15 s. */
const SILENCE_MS = 40_000;

export class Live {
  private readonly listeners = new Map<string, Set<Listener>>();
  private readonly observers = new Set<() => void>();
  private controller: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private pauseMs = FIRST_PAUSE_MS;
  private region = "";
  state: LiveState = "connecting";
  /** Milliseconds since the epoch of the last event of each watch. */
  readonly updated = new Map<string, number>();

  constructor(private readonly isHidden: () => boolean = () => document.hidden) {}

  watch(name: string, listener: Listener): () => void {
    const set = this.listeners.get(name) ?? new Set();
    const isNew = set.size === 0;
    set.add(listener);
    this.listeners.set(name, set);
    if (isNew) this.restartSoon(0);
    return () => {
      set.delete(listener);
      if (set.size === 0) {
        this.listeners.delete(name);
        this.restartSoon(0);
      }
    };
  }

  observe(observer: () => void): () => void {
    this.observers.add(observer);
    return () => this.observers.delete(observer);
  }

  setRegion(region: string): void {
    if (region === this.region) return;
    this.region = region;
    this.restartSoon(0);
  }

  /** To be called when the page is shown or hidden, or the network comes back. */
  wake(): void {
    this.pauseMs = FIRST_PAUSE_MS;
    this.restartSoon(0);
  }

  private restartSoon(ms: number): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = null;
      this.controller?.abort();
      this.controller = null;
      if (this.listeners.size > 0 && !this.isHidden()) void this.run();
    }, ms);
  }

  private async run(): Promise<void> {
    const controller = new AbortController();
    this.controller = controller;
    const query = new URLSearchParams();
    for (const name of this.listeners.keys()) query.append("watch", name);
    if (this.region) query.set("region", this.region);
    let silence: ReturnType<typeof setTimeout> | null = null;
    const alive = () => {
      if (silence !== null) clearTimeout(silence);
      silence = setTimeout(() => controller.abort(), SILENCE_MS);
    };
    try {
      alive();
      const response = await fetch(`/api/events?${query}`, { headers: pageHeader(), signal: controller.signal });
      if (response.status === 401) return signedOut.listener();
      if (!response.ok || !response.body) throw new Error(String(response.status));
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      const parser = new EventParser();
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        alive();
        this.pauseMs = FIRST_PAUSE_MS;
        this.enter("live");
        for (const event of parser.feed(part.value)) this.dispatch(event.name, event.data);
      }
    } catch {
      // Whatever ended the stream, it is opened again below; what is shown says since when it is old.
    } finally {
      if (silence !== null) clearTimeout(silence);
    }
    if (this.controller !== controller) return;
    this.controller = null;
    this.enter("offline");
    this.restartSoon(this.pauseMs);
    this.pauseMs = Math.min(this.pauseMs * 2, LONGEST_PAUSE_MS);
  }

  private dispatch(name: string, text: string): void {
    if (name === "signed_out") return signedOut.listener();
    let data: unknown;
    try {
      data = JSON.parse(text);
    } catch {
      return;
    }
    this.updated.set(name, Date.now());
    for (const listener of [...(this.listeners.get(name) ?? [])]) listener(data);
    this.notify();
  }

  private enter(state: LiveState): void {
    if (state === this.state) return;
    this.state = state;
    this.notify();
  }

  private notify(): void {
    for (const observer of this.observers) observer();
  }
}

export const live = new Live();
