// The SDKs for TypeScript, 1 and 2: calls come as lines of JSON, each is answered with what its user would be shown.
//
//   node lines.mjs MODULES SDK GIVEN     SDK is 1, 2-2025 or 2-2026; GIVEN is JSON: command, environment, person
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [modules, sdk, text] = process.argv.slice(2);
const given = JSON.parse(text);
const { resolve } = createRequire(pathToFileURL(`${modules}/x`));
const from = (name) => import(pathToFileURL(resolve(name)));

function answer({ params }) {
  if (given.person !== "accept") return { action: "decline" };
  const name = params.requestedSchema.properties.name.title.replace(/^Type (.*) to go on$/, "$1");
  return { action: "accept", content: { name } };
}

async function connected() {
  const about = [{ name: "matrix", version: "1" }, { capabilities: { elicitation: {} } }];
  const [command, ...args] = given.command;
  const server = { command, args, env: given.environment, stderr: "ignore" };
  if (sdk === "1") {
    const { Client } = await from("@modelcontextprotocol/sdk/client/index.js");
    const { StdioClientTransport } = await from("@modelcontextprotocol/sdk/client/stdio.js");
    const { ElicitRequestSchema } = await from("@modelcontextprotocol/sdk/types.js");
    const client = new Client(...about);
    client.setRequestHandler(ElicitRequestSchema, answer);
    await client.connect(new StdioClientTransport(server));
    return client;
  }
  const { Client } = await from("@modelcontextprotocol/client");
  const { StdioClientTransport } = await from("@modelcontextprotocol/client/stdio");
  if (sdk === "2-2026") about[1].versionNegotiation = { mode: { pin: "2026-07-28" } };
  const client = new Client(...about);
  client.setRequestHandler("elicitation/create", answer);
  await client.connect(new StdioClientTransport(server));
  return client;
}

const client = await connected();
const { tools } = await client.listTools();
const protocol = client.getNegotiatedProtocolVersion?.();
console.log(JSON.stringify({ version: protocol ?? "", tools: tools.map((tool) => tool.name) }));
for await (const line of createInterface({ input: process.stdin })) {
  const { tool, arguments: args } = JSON.parse(line);
  let shown;
  try {
    const result = await client.callTool({ name: tool, arguments: args });
    shown = result.content.map((part) => part.text ?? "").join("\n");
  } catch (failure) {
    shown = `${failure.name}: ${failure.message}`;
  }
  console.log(JSON.stringify({ shown }));
}
await client.close();
