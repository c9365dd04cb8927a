// Imports the workflows beside this file into a fresh n8n, switches them on, and calls them as the dashboard does.
//   node check.mjs FOLDER-OF-WORKFLOWS FOLDER-WITH-N8N    (see .ci/n8n)
import { spawn, spawnSync } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

const [flows, work] = process.argv.slice(2);
const data = mkdtempSync(join(work, 'data-'));
const [secret, token, caller] = [16, 16, 16].map(size => randomBytes(size).toString('hex'));
const alert = { tenant: 'rentguy', name: 'ErrorRateHigh', service: 'api', severity: 'critical', summary: 'Many errors', fingerprint: 'f1', startsAt: '2026-11-30T12:00:00.000Z' };

// The dashboard, and the places that the workflows tell.
const told = [];
const places = createServer(async (request, response) => {
  let body = '';
  for await (const piece of request) body += piece;
  const say = (status, what) => response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(what));
  if (request.url.startsWith('/console/')) {
    if (request.headers.authorization !== `Bearer ${token}`) return say(401, { title: 'No token' });
    return say(200, request.url.endsWith('/alerts') ? { items: [alert], next: null } : { id: 'rentguy', name: 'RentGuy' });
  }
  told.push({ path: request.url, key: request.headers['idempotency-key'], body: JSON.parse(body) });
  say(200, { ok: true });
});
await new Promise(ready => places.listen(0, '127.0.0.1', ready));
const place = `http://127.0.0.1:${places.address().port}`;

const port = 20000 + Math.floor(Math.random() * 20000);
const n8n = `http://127.0.0.1:${port}`;
const env = {
  ...process.env,
  N8N_USER_FOLDER: data,
  N8N_PORT: String(port),
  N8N_LISTEN_ADDRESS: '127.0.0.1',
  N8N_RUNNERS_BROKER_PORT: String(port + 1),
  N8N_DIAGNOSTICS_ENABLED: 'false',
  N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
  N8N_TEMPLATES_ENABLED: 'false',
  NODE_ENV: 'production',
};
const program = join(work, 'node_modules', 'n8n', 'bin', 'n8n');

let [passed, failed] = [0, 0];
function check(what, is, seen) {
  is ? passed++ : failed++;
  console.log(`${is ? 'ok  ' : 'FAIL'} ${what}${is ? '' : ` — ${JSON.stringify(seen)}`}`);
}

function command(...words) {
  const ran = spawnSync(process.execPath, [program, ...words], { env, encoding: 'utf8', timeout: 180_000 });
  check(`n8n ${words[0]}`, ran.status === 0, `${ran.stdout}${ran.stderr}`.slice(-800));
}

async function ask(method, path, body, headers = {}) {
  const answer = await fetch(n8n + path, {
    method,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await answer.text();
  let json;
  try { json = JSON.parse(text); } catch { json = undefined; }
  return { status: answer.status, text, json, cookie: answer.headers.getSetCookie().map(one => one.split(';')[0]).join('; ') };
}

async function until(what, seconds = 15) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await new Promise(rest => setTimeout(rest, 100))) {
    const found = await what().catch(() => undefined);
    if (found) return found;
  }
}

// With the addresses and secrets of this trial, as an operator puts them in.
const edited = join(data, 'workflows');
mkdirSync(edited);
for (const file of readdirSync(flows).filter(name => name.endsWith('.json'))) {
  const text = readFileSync(join(flows, file), 'utf8')
    .replaceAll('https://console.example.org', `${place}/console`)
    .replaceAll('https://tickets.example.org', `${place}/tickets`)
    .replaceAll('https://crm.example.org', `${place}/crm`)
    .replaceAll('https://chat.example.org', `${place}/chat`);
  const flow = JSON.parse(text);
  for (const one of flow.nodes.find(node => node.name === 'Settings').parameters.assignments.assignments) {
    if (one.name === 'secret') one.value = secret;
  }
  writeFileSync(join(edited, file), JSON.stringify(flow));
}
const header = (id, name, of, value) => ({ id, name, type: 'httpHeaderAuth', data: { name: of, value } });
writeFileSync(join(data, 'credentials.json'), JSON.stringify([
  header('sevensaDashboard', 'Sevensa Dashboard', 'Authorization', `Bearer ${token}`),
  header('sevensaCaller001', 'Called by Sevensa Dashboard', 'X-Sevensa-Token', caller),
]));

let server;
try {
  command('import:credentials', `--input=${join(data, 'credentials.json')}`);
  command('import:workflow', '--separate', `--input=${edited}`);
  const begun = Date.now();
  let log = '';
  server = spawn(process.execPath, [program, 'start'], { env });
  for (const stream of [server.stdout, server.stderr]) stream.on('data', piece => { log = (log + piece).slice(-4000); });
  const ready = await until(async () => (await ask('GET', '/healthz/readiness')).status === 200, 180);
  check(`n8n is ready (${Math.round((Date.now() - begun) / 1000)} s)`, ready, log);

  const person = { email: 'owner@example.org', firstName: 'Olga', lastName: 'Owner', password: `Aa1${randomBytes(12).toString('hex')}` };
  const owner = await until(async () => {
    const made = await ask('POST', '/rest/owner/setup', person);
    return made.status === 200 ? made : undefined;
  }, 30);
  check('its owner is set up', owner, owner?.text);
  const scopes = ['workflow:list', 'workflow:read', 'workflow:activate', 'execution:list', 'execution:read'];
  const made = await ask('POST', '/rest/api-keys', { label: 'dashboard', expiresAt: null, scopes }, { Cookie: owner.cookie });
  const key = { 'X-N8N-API-KEY': made.json?.data?.rawApiKey };
  check('a key of the public API', key['X-N8N-API-KEY'], made.text);

  const listed = await ask('GET', '/api/v1/workflows?limit=100&excludePinnedData=true', undefined, key);
  check('three workflows came in, switched off', listed.json?.data?.length === 3 && listed.json.data.every(flow => !flow.active), listed.text.slice(0, 500));
  const ids = Object.fromEntries((listed.json?.data ?? []).map(flow => [flow.name, flow.id]));
  for (const [name, id] of Object.entries(ids)) {
    const on = await ask('POST', `/api/v1/workflows/${id}/activate`, undefined, key);
    check(`"${name}" is switched on`, on.status === 200 && on.json.active && on.json.activeVersionId === on.json.versionId, on.text.slice(0, 500));
  }
  const nobody = await until(async () => (await ask('POST', '/webhook/sevensa-onboarding', {})).status === 403);
  check('its webhooks answer, and want their header', nobody, 'still not registered');

  // Approval by message: what the dashboard signed is taken, anything else is refused.
  const notice = JSON.stringify({ id: 'n1', type: 'proposal.awaiting', link: 'https://console.example.org/approvals/1', proposal: { title: 'Restart api é', risk: 'low', requestedBy: 'Otto', expiresAt: '2026-12-01T00:00:00.000Z' } });
  const sign = (at, text) => ({ 'X-Sevensa-Timestamp': String(at), 'X-Sevensa-Signature': `sha256=${createHmac('sha256', secret).update(`${at}.${text}`).digest('hex')}` });
  const now = Math.floor(Date.now() / 1000);
  const taken = await ask('POST', '/webhook/sevensa-approvals', notice, sign(now, notice));
  check('a signed notice is taken', taken.status === 202, taken);
  const chat = await until(async () => told.find(one => one.path.startsWith('/chat')));
  check('the chat is told, with the link', chat?.body.text.includes('Restart api é') && chat.body.text.includes('/approvals/1'), told);
  for (const [why, headers] of [['changed', sign(now, `${notice} `)], ['old', sign(now - 3600, notice)], ['unsigned', {}]]) {
    const refused = await ask('POST', '/webhook/sevensa-approvals', notice, headers);
    check(`one that is ${why} is refused`, refused.status === 401, refused);
  }

  // Alert to ticket: the dashboard is asked whether it fires.
  const event = name => JSON.stringify({ specversion: '1.0', type: 'sevensa.alert.firing', tenant: 'rentguy', data: { name, service: 'api' } });
  const cloud = { 'Content-Type': 'application/cloudevents+json' };
  await ask('POST', '/webhook/sevensa-alerts', event('MadeUp'), cloud);
  await ask('POST', '/webhook/sevensa-alerts', event('ErrorRateHigh'), cloud);
  const ticket = await until(async () => told.find(one => one.path.startsWith('/tickets')));
  check('an alert that fires becomes a ticket', ticket?.body.title === 'rentguy: ErrorRateHigh' && ticket.key === 'f1 2026-11-30T12:00:00.000Z', told);

  // Onboarding to CRM, called as n8n.workflow.run calls.
  const mark = 'sevensa-run-01jd0000000000000000000000';
  const run = await ask('POST', '/webhook/sevensa-onboarding', { tenant: 'rentguy', name: 'Ann', email: 'ann@example.org' }, { 'X-Sevensa-Token': caller, 'X-Sevensa-Run': mark });
  check('a workflow that is run answers with what it did', run.status === 200 && run.json?.added === 'ann@example.org', run);
  check('the CRM has the contact', told.some(one => one.path.startsWith('/crm') && one.body.company === 'RentGuy'), told);
  const wrong = await ask('POST', '/webhook/sevensa-onboarding', { tenant: 'rentguy' }, { 'X-Sevensa-Token': caller });
  check('an input that lacks something fails', wrong.status === 500 && wrong.json?.message === 'Error in workflow', wrong);

  // What the dashboard reads of it: the run by its mark, and how it ended.
  const runs = await until(async () => {
    const all = await ask('GET', `/api/v1/executions?workflowId=${ids['Onboarding to CRM']}&limit=50`, undefined, key);
    return all.json?.data?.length >= 2 ? all.json.data : undefined;
  });
  const marked = [];
  for (const one of runs ?? []) {
    const whole = await ask('GET', `/api/v1/executions/${one.id}?includeData=true`, undefined, key);
    if (whole.text.includes(mark)) marked.push(one.status);
    if (one.status === 'error') check('why it failed is written down', whole.json?.data?.resultData?.error?.message?.includes('email'), whole.text.slice(0, 500));
  }
  check('one run carries the mark, and succeeded', marked.length === 1 && marked[0] === 'success', { marked, runs });
  const tickets = told.filter(one => one.path.startsWith('/tickets')).length;
  check('an alert that does not fire became none', tickets === 1, told);
  // The same by n8n's MCP server: a refusal comes without isError, and a run has its number at once.
  const cookie = { Cookie: owner.cookie };
  await ask('PATCH', '/rest/mcp/settings', { mcpAccessEnabled: true }, cookie);
  const mcpKey = (await ask('GET', '/rest/mcp/api-key', undefined, cookie)).json?.data?.apiKey;
  check("a key of n8n's MCP server", mcpKey);
  const execute = async own => {
    const said = await ask('POST', '/mcp-server/http', {
      jsonrpc: '2.0', id: 1, method: 'tools/call',
      params: { name: 'execute_workflow', arguments: {
        workflowId: ids['Onboarding to CRM'], executionMode: 'production', triggerNodeName: 'Webhook',
        inputs: { webhookData: { method: 'POST', query: { sevensaRun: own }, body: { tenant: 'rentguy', email: 'bob@example.org' } } },
      } },
    }, { Authorization: `Bearer ${mcpKey}`, Accept: 'application/json, text/event-stream' });
    const line = said.text.split('\n').find(one => one.startsWith('data:'));
    return JSON.parse(line ? line.slice(5) : said.text).result ?? said.text;
  };
  const closed = await execute('closed');
  check('one that is not exposed is refused without isError', closed.structuredContent?.executionId === null && closed.isError === undefined, closed);
  const open = await ask('PATCH', '/rest/mcp/workflows/toggle-access', { availableInMCP: true, workflowIds: [ids['Onboarding to CRM']] }, cookie);
  const begun2 = await execute('sevensa-run-by-mcp');
  check('one that is exposed has its number at once', /^\d+$/.test(begun2.structuredContent?.executionId ?? ''), { begun2, open });
  const byMcp = await until(async () => {
    const whole = await ask('GET', `/api/v1/executions/${begun2.structuredContent.executionId}?includeData=true`, undefined, key);
    return whole.json?.status === 'success' && whole.text.includes('sevensa-run-by-mcp') ? whole : undefined;
  });
  check('its run carries the mark, and succeeded', byMcp, begun2);
  const flow = await ask('GET', `/api/v1/workflows/${ids['Onboarding to CRM']}`, undefined, key);
  check('the public API says that it is exposed', flow.json?.settings?.availableInMCP === true, flow.json?.settings);
  const missing = await ask('GET', '/api/v1/workflows/nothere', undefined, key);
  check('a workflow that is not there is Not Found', missing.status === 404 && missing.json?.message === 'Not Found', missing);
  const refused = await ask('POST', `/api/v1/workflows/${ids['Alert to ticket']}/run`, {}, key);
  check('the public API has no call that runs one', refused.status === 405 || refused.status === 404, refused);
} finally {
  server?.kill('SIGTERM');
  places.close();
  places.closeAllConnections();
  await new Promise(rest => setTimeout(rest, 1500));
  server?.kill('SIGKILL');
  rmSync(data, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
