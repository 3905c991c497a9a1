// A tour with the TypeScript SDK, over stdio and HTTP: list, read, prompt, refused create, confirmed stop.
//
//   npm install @modelcontextprotocol/sdk            (in a folder of your own)
//   NODE_PATH is not looked at by ES modules: copy this file there, then
//   node typescript.mjs stdio pai-dlc-mcp serve --emulator
//   node typescript.mjs http http://127.0.0.1:8080/mcp
//
// It ends with exit code 1 at the first thing that is not as it should be.
import assert from "node:assert/strict";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";

const [way, target, ...rest] = process.argv.slice(2);

async function connected(capabilities) {
  const client = new Client({ name: "typescript-tour", version: "1" }, { capabilities });
  if (capabilities.elicitation) {
    client.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
      console.log("asked:", params.message.split("\n")[0]);
      const name = params.requestedSchema.properties.name.title.replace(/^Type (.*) to go on$/, "$1");
      return { action: "accept", content: { name } };
    });
  }
  await client.connect(
    way === "http"
      ? new StreamableHTTPClientTransport(new URL(target))
      : new StdioClientTransport({ command: target, args: rest, env: process.env }),
  );
  return client;
}

async function call(client, name, args = {}, progress) {
  const result = await client.callTool({ name, arguments: args }, undefined, progress && { onprogress: progress });
  assert.equal(result.structuredContent.ok, !result.isError);
  assert.ok(result.content[0].text.length > 0);
  return result.structuredContent;
}

const plain = await connected({});
const { tools } = await plain.listTools();
assert.ok(tools.some((tool) => tool.name === "dlc_create_job"));
const { resources } = await plain.listResources();
for (const { uri } of resources) assert.ok((await plain.readResource({ uri })).contents[0].text.length > 0, uri);
assert.equal((await plain.listPrompts()).prompts.length, 5);
await plain.getPrompt({ name: "clean_up", arguments: { workspace_id: "11001" } });
await assert.rejects(plain.callTool({ name: "no_such_tool", arguments: {} }), { code: -32602 });
await assert.rejects(plain.readResource({ uri: "pai-dlc://nothing" }), { code: -32602 });
console.log(`${tools.length} tools, ${resources.length} resources`);

const refused = await call(plain, "dlc_create_job", { display_name: "x", job_type: "PyTorchJob", job_specs: [] });
assert.equal(refused.ok, false);
console.log("refused create:", refused.error.code, refused.error.rule);

const workspace = (await call(plain, "aiworkspace_list_workspaces")).data.Workspaces[0].WorkspaceId;
const image = (await call(plain, "aiworkspace_list_images")).data.Images[0].ImageUri;
const kinds = (await call(plain, "dlc_list_ecs_specs", { accelerator_type: "CPU" })).data.EcsSpecs;
const spec = kinds.find((kind) => kind.IsAvailable).InstanceType;
async function create(name) {
  const made = await call(plain, "dlc_create_job", {
    display_name: name, job_type: "PyTorchJob", workspace_id: workspace, user_command: "python train.py",
    job_specs: JSON.stringify([{ Type: "Worker", PodCount: 1, Image: image, EcsSpec: spec }]),
  });
  assert.ok(made.ok, JSON.stringify(made));
  return made.data.JobId;
}

const stamp = Date.now().toString(36);
const job = await create(`tour-a-${stamp}`);
let told = 0;
await call(plain, "dlc_wait_for_job", { job_id: job, until: "running", max_seconds: 3 }, () => (told += 1));
console.log("progress notifications:", told);
const preview = await call(plain, "dlc_stop_job", { job_id: job });
assert.equal(preview.error.code, "confirmation_required");
const token = preview.error.confirmation.token;
const stopped = await call(plain, "dlc_stop_job", { job_id: job, confirmation_token: token, wait_seconds: 0 });
assert.equal(stopped.confirmed_by, "two_step");
console.log("stopped by token:", stopped.confirmed_by);

if (way === "http") {  // over stdio a second client has an emulator of its own
  const other = await create(`tour-b-${stamp}`);
  const asking = await connected({ elicitation: {} });
  const done = await call(asking, "dlc_stop_job", { job_id: other, wait_seconds: 0 });
  assert.equal(done.confirmed_by, "human");
  console.log("stopped by the person:", done.confirmed_by);
  await asking.close();
}
await plain.close();
console.log("all as it should be");
