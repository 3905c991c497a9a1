// What the parts of the page share: the session, the present time, live data, and reads that are made again.

import { createContext } from "preact";
import { useCallback, useContext, useEffect, useMemo, useRef, useState } from "preact/hooks";

import { ApiError, type Fault, type Session } from "./api";
import { live, type LiveState } from "./live";

export interface Place {
  readonly session: Session;
  readonly region: string;
  readonly setRegion: (region: string) => void;
  readonly go: (path: string) => void;
  readonly href: (path: string) => string;
  /** Seconds that the server's clock is ahead of this one. */
  readonly clockOffset: number;
}

export const PlaceContext = createContext<Place | null>(null);

export function usePlace(): Place {
  const place = useContext(PlaceContext);
  if (!place) throw new Error("outside of a session");
  return place;
}

/** The server's time in seconds, which goes on by itself while the page is shown. */
export function useNow(everyMs = 1_000): number {
  const { clockOffset } = usePlace();
  const [now, setNow] = useState(() => Date.now() / 1000 + clockOffset);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) setNow(Date.now() / 1000 + clockOffset);
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs, clockOffset]);
  return now;
}

export interface Reading<Data> {
  readonly data: Data | null;
  /** Why the newest try failed; the data, if any, is then older. */
  readonly fault: Fault | null;
  readonly isLoading: boolean;
  readonly reload: () => void;
}

export function faultOf(error: unknown): Fault {
  return error instanceof ApiError ? error.fault : { code: "internal", message: error instanceof Error ? error.message : "" };
}

/** Reads when a key changes, and every so often while the page is shown. The newest try wins; old data stays meanwhile. */
export function useRead<Data>(read: (() => Promise<Data>) | null, keys: readonly unknown[], everyMs = 0): Reading<Data> {
  const [held, setHeld] = useState<{ data: Data | null; fault: Fault | null; isLoading: boolean }>({
    data: null,
    fault: null,
    isLoading: read !== null,
  });
  const [again, setAgain] = useState(0);
  const newest = useRef(0);
  const key = JSON.stringify(keys);
  const lastKey = useRef(key);
  useEffect(() => {
    if (read === null) return;
    newest.current += 1;
    const number = newest.current;
    const isOther = lastKey.current !== key;
    lastKey.current = key;
    setHeld((before) => ({ data: isOther ? null : before.data, fault: isOther ? null : before.fault, isLoading: true }));
    read().then(
      (data) => number === newest.current && setHeld({ data, fault: null, isLoading: false }),
      (error: unknown) =>
        number === newest.current && setHeld((before) => ({ ...before, fault: faultOf(error), isLoading: false })),
    );
  }, [key, again, read === null]);
  useEffect(() => () => void (newest.current += 1), []);
  useEffect(() => {
    if (!everyMs || read === null) return;
    const timer = setInterval(() => !document.hidden && setAgain((count) => count + 1), everyMs);
    return () => clearInterval(timer);
  }, [everyMs, key, read === null]);
  const reload = useCallback(() => setAgain((count) => count + 1), []);
  return useMemo(() => ({ ...held, reload }), [held, reload]);
}

/** The newest data that the server sent for a watch, or null so far. */
export function useLive<Data>(name: string | null): Data | null {
  const [data, setData] = useState<Data | null>(null);
  useEffect(() => {
    setData(null);
    return name === null ? undefined : live.watch(name, (received) => setData(received as Data));
  }, [name]);
  return data;
}

export function useLiveState(): LiveState {
  const [state, setState] = useState(live.state);
  useEffect(() => {
    const stop = live.observe(() => setState(live.state));
    return () => void stop();
  }, []);
  return state;
}

/** A value kept in the browser. */
export function useKept(name: string, first: string): [string, (value: string) => void] {
  const [value, setValue] = useState(() => localStorage.getItem(name) ?? first);
  const keep = useCallback(
    (next: string) => {
      localStorage.setItem(name, next);
      setValue(next);
    },
    [name],
  );
  return [value, keep];
}
