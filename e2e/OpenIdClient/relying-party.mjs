// A program of somebody else that lets people in by the dashboard, with openid-client. Each step is told by a line: "ok STEP" or
// "FAILED STEP: why". What it is called by and where it listens is in the environment.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as oidc from 'openid-client';
import { Browser, headingOf } from './browser.mjs';

const { DASHBOARD, PARTY_PORT, PARTY_SECRET, MACHINE_SECRET } = process.env;
const here = `http://127.0.0.1:${PARTY_PORT}`;
const scope = 'openid profile email offline_access read';
const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout';
const patience = 60_000;

let failed = 0;

async function step(name, run) {
  try {
    await run();
    console.log(`ok ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAILED ${name}: ${wordsOf(error)}`);
  }
}

function wordsOf(error) {
  const said = [error.error, error.error_description, error.message, error.cause?.message ?? error.cause?.error];
  return said.filter((word) => typeof word === 'string').join(' — ').replaceAll(/\s+/g, ' ');
}

/** Whoever is refused is told by one of these words. */
async function refused(asked, ...words) {
  await assert.rejects(asked, (refusal) => {
    assert.ok(words.includes(refusal.error), `${words.join(' or ')} was awaited, and it said: ${wordsOf(refusal)}`);
    return true;
  });
}

// Where the dashboard tells of sessions that ended.
const told = [];
let hear = () => {};
const server = createServer(async (request, response) => {
  let body = '';
  for await (const piece of request) body += piece;
  if (request.method === 'POST' && request.url === '/backchannel-logout') {
    told.push(new URLSearchParams(body).get('logout_token'));
    response.setHeader('cache-control', 'no-store').end();
    hear();
    return;
  }
  response.end('You are back.');
});
await new Promise((listening) => server.listen(Number(PARTY_PORT), '127.0.0.1', listening));

const metadata = (secret) => ({ client_secret: secret, [oidc.clockTolerance]: 30 });
const options = { execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks] };
const discover = (id, secret, authentication) =>
  oidc.discovery(new URL(DASHBOARD), id, secret ? metadata(secret) : {}, authentication, options);

/** Asks the person, as it is to be done in earnest: state, nonce and a proof of who began. */
async function ask(config, more = {}, build = oidc.buildAuthorizationUrl) {
  const verifier = oidc.randomPKCECodeVerifier();
  const checks = { pkceCodeVerifier: verifier, expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce() };
  const address = await build(config, {
    redirect_uri: `${here}/back`,
    scope,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    ...more,
  });
  return { address, checks };
}

async function signIn(config, browser, more, build, furtherChecks = {}) {
  const { address, checks } = await ask(config, more, build);
  const back = await browser.leave(address);
  return oidc.authorizationCodeGrant(config, back, { ...checks, idTokenExpected: true, ...furtherChecks });
}

const browser = new Browser(DASHBOARD);
let party, machine, tokens, refreshed;

await step('discovery', async () => {
  party = await discover('openid-client', PARTY_SECRET);
  machine = await discover('openid-client-machine', MACHINE_SECRET, oidc.ClientSecretBasic(MACHINE_SECRET));
  const server = party.serverMetadata();
  assert.ok(server.supportsPKCE('S256'));
  for (const name of ['introspection', 'revocation', 'device_authorization', 'pushed_authorization_request', 'end_session']) {
    assert.ok(server[`${name}_endpoint`], `${name}_endpoint is missing`);
  }
  assert.equal(server.backchannel_logout_supported, true);
});

await step('authorization code with PKCE', async () => {
  tokens = await signIn(party, browser);
  const claims = tokens.claims();
  assert.equal(claims.preferred_username, 'viewer');
  assert.equal(claims.role, 'viewer');
  assert.ok(claims.sid && claims.auth_time, 'sid or auth_time is missing');
  assert.ok(tokens.refresh_token, 'no refresh token came');
});

await step('a code counts once, and only for who began', async () => {
  const { address, checks } = await ask(party);
  const back = await browser.leave(address);
  await refused(
    oidc.authorizationCodeGrant(party, back, { ...checks, pkceCodeVerifier: oidc.randomPKCECodeVerifier() }),
    'invalid_grant',
  );
  const again = await ask(party);
  const good = await browser.leave(again.address);
  await oidc.authorizationCodeGrant(party, good, again.checks);
  await refused(oidc.authorizationCodeGrant(party, good, again.checks), 'invalid_grant');
});

await step('userinfo', async () => {
  const told = await oidc.fetchUserInfo(party, tokens.access_token, tokens.claims().sub);
  assert.equal(told.name, 'Viewer');
  assert.equal(told.role, 'viewer');
  assert.ok(Array.isArray(told.tenants) && told.tenants.length > 0, 'tenants are no list');
});

await step('the token opens the API', async () => {
  const answer = await oidc.fetchProtectedResource(party, tokens.access_token, new URL('/api/v1/tenants', DASHBOARD), 'GET');
  assert.equal(answer.status, 200);
});

await step('pushed authorization request', async () => {
  const given = await signIn(party, browser, {}, oidc.buildAuthorizationUrlWithPAR);
  assert.equal(given.claims().sub, tokens.claims().sub);
});

await step('introspection', async () => {
  const about = await oidc.tokenIntrospection(party, tokens.access_token);
  assert.equal(about.active, true);
  assert.equal(about.sub, tokens.claims().sub);
});

await step('refresh gives another token each time', async () => {
  refreshed = await oidc.refreshTokenGrant(party, tokens.refresh_token);
  assert.notEqual(refreshed.refresh_token, tokens.refresh_token);
  assert.equal(refreshed.claims().sub, tokens.claims().sub);
});

await step('a refresh token that comes twice ends what came from it', async () => {
  await refused(oidc.refreshTokenGrant(party, tokens.refresh_token), 'invalid_grant');
  await refused(oidc.refreshTokenGrant(party, refreshed.refresh_token), 'invalid_grant');
  assert.equal((await oidc.tokenIntrospection(party, refreshed.access_token)).active, false);
});

await step('revocation', async () => {
  const given = await signIn(party, browser);
  await oidc.tokenRevocation(party, given.refresh_token);
  assert.equal((await oidc.tokenIntrospection(party, given.access_token)).active, false);
  await refused(oidc.refreshTokenGrant(party, given.refresh_token), 'invalid_grant');
});

await step('client credentials', async () => {
  const given = await oidc.clientCredentialsGrant(machine, { scope: 'read' });
  assert.equal(given.refresh_token, undefined);
  const answer = await oidc.fetchProtectedResource(machine, given.access_token, new URL('/api/v1/tenants', DASHBOARD), 'GET');
  assert.equal(answer.status, 200);
  await refused(oidc.clientCredentialsGrant(machine, { scope: 'approve' }), 'invalid_scope');
});

await step("a refresh token of one program is nothing in another's hands", async () => {
  const given = await signIn(party, browser);
  await refused(oidc.refreshTokenGrant(machine, given.refresh_token), 'invalid_grant', 'unauthorized_client');
  // Handed back by somebody else it stays good, whatever they are told.
  await oidc.tokenRevocation(machine, given.refresh_token).catch(() => {});
  assert.ok((await oidc.refreshTokenGrant(party, given.refresh_token)).access_token);
});

await step('device code', async () => {
  const device = await discover('openid-client-device', null, oidc.None());
  const shown = await oidc.initiateDeviceAuthorization(device, { scope: 'openid read offline_access' });
  assert.equal(new URL(shown.verification_uri).pathname, '/device');
  const grant = 'urn:ietf:params:oauth:grant-type:device_code';
  await refused(oidc.genericGrantRequest(device, grant, { device_code: shown.device_code }), 'authorization_pending');
  const typed = await browser.ask(new URL('/device', DASHBOARD));
  const asks = await browser.submit(typed, '/connect/verify', { user_code: shown.user_code });
  const page = await browser.ask(asks.to);
  const done = await browser.submit(page, '/connect/verify', { decision: 'allow' });
  assert.equal(done.to?.searchParams.get('done'), 'allowed', headingOf(page.page));
  const given = await oidc.pollDeviceAuthorizationGrant(device, shown, undefined, { signal: AbortSignal.timeout(patience) });
  assert.ok(given.access_token && given.refresh_token);
});

await step('a native program on whatever port', async () => {
  const app = await discover('sandbox-app', null, oidc.None());
  const given = await signIn(app, browser, { redirect_uri: `${here}/callback`, scope: 'openid read' });
  assert.ok(given.claims().sub);
});

await step('prompt=none', async () => {
  const given = await signIn(party, browser, { prompt: 'none' });
  assert.equal(given.claims().sid, tokens.claims().sid);
  const { address, checks } = await ask(party, { prompt: 'none' });
  const back = await new Browser(DASHBOARD).leave(address);
  await refused(oidc.authorizationCodeGrant(party, back, checks), 'login_required');
});

await step('prompt=login', async () => {
  const before = (await signIn(party, browser)).claims().auth_time;
  await wait(1_100);
  const given = await signIn(party, browser, { prompt: 'login' });
  assert.ok(browser.way.includes('/signin'), `nobody was asked to sign in: ${browser.way.join(' → ')}`);
  assert.ok(given.claims().auth_time > before, 'auth_time is the old one');
});

await step('max_age', async () => {
  const fresh = await signIn(party, browser, { max_age: '3600' }, undefined, { maxAge: 3_600 });
  assert.ok(!browser.way.includes('/signin'), 'somebody who signed in just now was asked again');
  await wait(2_100);
  const given = await signIn(party, browser, { max_age: '1' }, undefined, { maxAge: 1 });
  assert.ok(browser.way.includes('/signin'), `nobody was asked to sign in: ${browser.way.join(' → ')}`);
  assert.ok(given.claims().auth_time > fresh.claims().auth_time, 'auth_time is the old one');
});

await step('an address that is not registered is told on a page', async () => {
  const { address } = await ask(party, { redirect_uri: 'https://evil.example/' });
  const answer = await browser.ask(address);
  assert.equal(answer.status, 400);
  assert.equal(answer.to, null);
  assert.match(answer.page, /Tell whoever runs it/);
});

await step('a wrong secret is refused', async () => {
  const wrong = await discover('openid-client', `${PARTY_SECRET}x`);
  await assert.rejects(oidc.refreshTokenGrant(wrong, 'nothing'), (refusal) => {
    assert.ok(refusal.error === 'invalid_client' || refusal.status === 401, wordsOf(refusal));
    return true;
  });
});

await step('end session', async () => {
  const given = await signIn(party, browser);
  const state = oidc.randomState();
  const left = await browser.leave(
    oidc.buildEndSessionUrl(party, {
      id_token_hint: given.id_token,
      post_logout_redirect_uri: `${here}/left`,
      state,
    }),
  );
  assert.equal(left.pathname, '/left');
  assert.equal(left.searchParams.get('state'), state);
  const me = await browser.ask(new URL('/me', DASHBOARD));
  assert.equal(me.to?.pathname, '/signin');
});

await step('back-channel logout', async () => {
  const other = new Browser(DASHBOARD);
  const claims = (await signIn(party, other)).claims();
  const me = await other.ask(new URL('/me', DASHBOARD));
  await other.submit(me, '/sign-out', {});
  const keys = createRemoteJWKSet(new URL(party.serverMetadata().jwks_uri));
  const until = Date.now() + patience;
  for (let read = 0; ; ) {
    if (read < told.length) {
      const { payload } = await jwtVerify(told[read++], keys, {
        issuer: party.serverMetadata().issuer,
        audience: 'openid-client',
        typ: 'logout+jwt',
        // Those of earlier steps have waited for a while.
        clockTolerance: 300,
        requiredClaims: ['iat', 'exp', 'jti', 'events'],
      });
      if (payload.sid !== claims.sid) continue;
      assert.equal(payload.sub, claims.sub);
      assert.ok(payload.events[logoutEvent], 'events does not name the logout');
      assert.equal('nonce' in payload, false);
      return;
    }
    if (Date.now() > until) throw new Error(`none came of that session; ${told.length} of others did`);
    await Promise.race([new Promise((heard) => (hear = heard)), wait(1_000)]);
  }
});

server.closeAllConnections();
server.close();
process.exitCode = failed === 0 ? 0 : 1;
