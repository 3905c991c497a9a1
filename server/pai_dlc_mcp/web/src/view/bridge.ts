// The view's end of the MCP Apps extension (2026-01-26): JSON-RPC with the host over postMessage.

export interface HostContext {
  readonly theme?: "light" | "dark";
  readonly locale?: string;
}

export interface ToolResult {
  readonly structuredContent?: Record<string, unknown>;
  readonly content?: readonly { readonly type: string; readonly text?: string }[];
  readonly isError?: boolean;
}

export interface HostHandlers {
  readonly onInput: (args: Record<string, unknown>) => void;
  readonly onResult: (result: ToolResult) => void;
  readonly onContext: (context: HostContext) => void;
  readonly onCancelled: () => void;
}

export const APP_PROTOCOL = "2026-01-26";
type Message = { jsonrpc: "2.0"; id?: number | string; method?: string; params?: unknown; result?: unknown; error?: unknown };
type Port = Pick<Window, "postMessage">;

export class Bridge {
  private number = 0;
  private readonly open = new Map<number | string, (message: Message) => void>();
  canCallTools = false;

  constructor(
    private readonly host: Port,
    private readonly handlers: HostHandlers,
  ) {}

  /** Listens to the host alone and tells it that the view is there. */
  async connect(self: Window, version: string): Promise<void> {
    self.addEventListener("message", (event: MessageEvent) => {
      if (event.source === (this.host as unknown)) this.receive(event.data as Message);
    });
    const answer = (await this.request("ui/initialize", {
      appInfo: { name: "pai-dlc-mcp", version }, appCapabilities: {}, protocolVersion: APP_PROTOCOL,
    })) as { hostCapabilities?: { serverTools?: unknown }; hostContext?: HostContext } | undefined;
    this.canCallTools = Boolean(answer?.hostCapabilities?.serverTools);
    this.handlers.onContext(answer?.hostContext ?? {});
    this.notify("ui/notifications/initialized", {});
  }

  /** A tool of the same server, called by the host with its own rules. */
  callTool(name: string, args: Record<string, unknown>): Promise<ToolResult> {
    return this.request("tools/call", { name, arguments: args }) as Promise<ToolResult>;
  }

  resized(width: number, height: number): void {
    this.notify("ui/notifications/size-changed", { width, height });
  }

  receive(message: Message): void {
    if (typeof message !== "object" || message === null || message.jsonrpc !== "2.0") return;
    if (message.method === undefined) {
      if (message.id !== undefined) this.open.get(message.id)?.(message);
      return;
    }
    const params = (message.params ?? {}) as Record<string, unknown>;
    switch (message.method) {
      case "ui/notifications/tool-input":
        return this.handlers.onInput((params["arguments"] ?? {}) as Record<string, unknown>);
      case "ui/notifications/tool-result":
        return this.handlers.onResult(params as ToolResult);
      case "ui/notifications/tool-cancelled":
        return this.handlers.onCancelled();
      case "ui/notifications/host-context-changed":
        return this.handlers.onContext(params as HostContext);
    }
    if (message.id === undefined) return;
    if (message.method === "ui/resource-teardown" || message.method === "ping") this.send({ jsonrpc: "2.0", id: message.id, result: {} });
    else this.send({ jsonrpc: "2.0", id: message.id, error: { code: -32601, message: "Method not found" } });
  }

  private request(method: string, params: unknown): Promise<unknown> {
    this.number += 1;
    const id = this.number;
    return new Promise((resolve, reject) => {
      this.open.set(id, (message) => {
        this.open.delete(id);
        if (message.error !== undefined) reject(new Error(method));
        else resolve(message.result);
      });
      this.send({ jsonrpc: "2.0", id, method, params });
    });
  }

  private notify(method: string, params: unknown): void {
    this.send({ jsonrpc: "2.0", method, params });
  }

  // The view cannot know where its host comes from; what it sends holds nothing that the host has not sent it.
  private send(message: Message): void {
    this.host.postMessage(message, "*");
  }
}
