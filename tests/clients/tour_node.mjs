// The official cores for Node.js in front of an emulator: the older one signs as ROA does, the newer one with ACS3.
// The products' own packages are not on npm; these are what they are made of.
//
//     NODE_PATH-free: run with --prefix's node_modules beside:  node tour_node.mjs MODULES PLACE
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import assert from 'node:assert/strict';

const [modules, text] = process.argv.slice(2);
const place = JSON.parse(text);
const load = createRequire(resolve(modules, 'index.js'));
const { ROAClient } = load('@alicloud/pop-core');
const { default: OpenApi, Config, OpenApiRequest, Params } = load('@alicloud/openapi-client');
const { RuntimeOptions } = load('@alicloud/tea-util');
const VERSIONS = { 'pai-dlc': '2020-12-03', aiworkspace: '2021-02-04' };

function older(product) {
  return new ROAClient({
    accessKeyId: place.access_key_id, accessKeySecret: place.access_key_secret,
    endpoint: place.endpoints[product], apiVersion: VERSIONS[product],
  });
}

function newer(product) {
  const url = new URL(place.endpoints[product]);
  const client = new OpenApi(new Config({
    accessKeyId: place.access_key_id, accessKeySecret: place.access_key_secret,
    endpoint: url.host, protocol: 'http', regionId: place.region,
  }));
  return async (action, method, pathname, { query, body } = {}) => {
    const params = new Params({
      action, version: VERSIONS[product], protocol: 'HTTP', pathname, method, authType: 'AK', style: 'ROA',
      reqBodyType: 'json', bodyType: 'json',
    });
    return (await client.callApi(params, new OpenApiRequest({ query, body }), new RuntimeOptions({}))).body;
  };
}

const spaces = newer('aiworkspace');
const { WorkspaceId } = await spaces('GetDefaultWorkspace', 'GET', '/api/v1/defaultWorkspaces');
const images = await spaces('ListImages', 'GET', '/api/v1/images', {
  query: { Labels: 'system.official=true,system.supported.dlc=true', PageSize: '5', Verbose: 'true' },
});
const dlc = newer('pai-dlc');
const job = {
  DisplayName: 'by-node', JobType: 'PyTorchJob', WorkspaceId, UserCommand: 'python train.py',
  JobSpecs: [{ Type: 'Worker', PodCount: 1, Image: images.Images[0].ImageUri, EcsSpec: 'ecs.g6.large' }],
};
const { JobId } = await dlc('CreateJob', 'POST', '/api/v1/jobs', { body: job });
assert.equal((await dlc('GetJob', 'GET', `/api/v1/jobs/${JobId}`)).DisplayName, 'by-node');

const old = older('pai-dlc');
const found = await old.get('/api/v1/jobs', { DisplayName: 'by-node', ShowOwn: 'true' });
assert.deepEqual(found.Jobs.map((one) => one.JobId), [JobId]);
const body = JSON.stringify({ ...job, DisplayName: 'by-old-node' });
const second = await old.post('/api/v1/jobs', {}, body, { 'content-type': 'application/json' });
await old.post(`/api/v1/jobs/${second.JobId}/stop`, {}, '', { 'content-type': 'application/json' });
await dlc('StopJob', 'POST', `/api/v1/jobs/${JobId}/stop`);
const version = (name) => load(`${name}/package.json`).version;
console.log(`@alicloud/openapi-client ${version('@alicloud/openapi-client')} and @alicloud/pop-core ${version('@alicloud/pop-core')}`);
