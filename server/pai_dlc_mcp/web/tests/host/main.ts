// The reference host of the MCP Apps extension with one view in a sandboxed frame, as the browser tests drive it.

import { AppBridge, PostMessageTransport } from "@modelcontextprotocol/ext-apps/app-bridge";

const POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; connect-src 'none'; form-action 'none'; base-uri 'none'";

export interface Shown {
  readonly calls: unknown[];
  readonly sizes: unknown[];
}

/** Shows a view with a tool's arguments and result; `again` is what the host answers when the view calls a tool. */
async function show(html: string, args: Record<string, unknown>, result: object, again: object, theme: "light" | "dark", locale: string): Promise<Shown> {
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts");
  frame.title = "view";
  frame.width = "700";
  frame.height = "600";
  document.body.replaceChildren(frame);
  const shown = { calls: [] as unknown[], sizes: [] as unknown[] };
  const bridge = new AppBridge(null, { name: "host", version: "1" }, { serverTools: {} }, { hostContext: { theme, locale } });
  bridge.oncalltool = async (params) => {
    shown.calls.push(params);
    return again as never;
  };
  bridge.onsizechange = (size) => void shown.sizes.push(size);
  const ready = new Promise<void>((resolve) => (bridge.oninitialized = () => resolve()));
  await bridge.connect(new PostMessageTransport(frame.contentWindow!, frame.contentWindow!));
  frame.srcdoc = html.replace("<head>", `<head><meta http-equiv="Content-Security-Policy" content="${POLICY}">`);
  await ready;
  await bridge.sendToolInput({ arguments: args });
  await bridge.sendToolResult(result as never);
  return shown;
}

Object.assign(globalThis, { show });
