// A browser without scripts: keeps cookies, follows redirects and fills the dashboard's plain forms in, and stops where it is led
// away from the dashboard, which is where a program takes over.

const hidden = /<input type="hidden" name="([^"]+)" value="([^"]*)"/g;
const onward = /<meta http-equiv="refresh" content="0;url=([^"]*)"/;

export class Browser {
  #cookies = new Map();

  /** @param {string} home the dashboard's address */
  constructor(home, name = 'viewer', password = 'sandbox') {
    this.home = new URL(home);
    this.name = name;
    this.password = password;
    /** Where it was since the last question, by the paths. */
    this.way = [];
  }

  /** Goes to an address of the dashboard and does what a person does there until it is led away. */
  async leave(address) {
    this.way = [];
    let answer = await this.ask(new URL(address));
    for (let steps = 0; steps < 20; steps++) {
      if (answer.to) {
        if (answer.to.origin !== this.home.origin) return answer.to;
        answer = await this.ask(answer.to);
        continue;
      }
      if (answer.at.pathname === '/signin') {
        answer = await this.submit(answer, answer.at, { 'Input.Name': this.name, 'Input.Password': this.password });
      } else if (answer.at.pathname === '/consent' && answer.status === 200) {
        answer = await this.submit(answer, '/connect/authorize', { decision: 'allow' });
      } else {
        throw new Error(`It came to ${answer.at.pathname} (${answer.status}): ${headingOf(answer.page)}`);
      }
    }
    throw new Error(`It goes on and on: ${this.way.join(' → ')}`);
  }

  /** Posts what a page's form holds, and these fields. */
  submit(answer, to, fields) {
    const form = new URLSearchParams();
    for (const [, name, value] of answer.page.matchAll(hidden)) form.set(decoded(name), decoded(value));
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    return this.ask(new URL(to, this.home), form);
  }

  /** One question, without following what the answer leads to. */
  async ask(address, form) {
    this.way.push(address.pathname);
    const response = await fetch(address, {
      method: form ? 'POST' : 'GET',
      body: form,
      redirect: 'manual',
      headers: this.#cookies.size ? { cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ') } : {},
    });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    const page = await response.text();
    const location = response.headers.get('location');
    const leads = location ?? (onward.test(page) ? decoded(onward.exec(page)[1]) : null);
    // What a page leads to by itself is told from the root, as its links are.
    const base = location === null ? this.home : address;
    return { at: address, status: response.status, page, to: leads === null ? null : new URL(leads, base) };
  }

  #keep(line) {
    const [pair, ...rest] = line.split(';');
    const at = pair.indexOf('=');
    const [name, value] = [pair.slice(0, at).trim(), pair.slice(at + 1)];
    const ends = rest.find((part) => /^\s*expires=/i.test(part));
    const isOver = rest.some((part) => /^\s*max-age=(0|-)/i.test(part)) || (ends && Date.parse(ends.split('=')[1]) < Date.now());
    if (value === '' || isOver) this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}

export function headingOf(page) {
  return (/<h1[^>]*>([\s\S]*?)<\/h1>/.exec(page)?.[1] ?? page.slice(0, 300)).replaceAll(/<[^>]*>/g, '').trim();
}

function decoded(text) {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll(/&#x([0-9a-f]+);/gi, (_, code) => String.fromCodePoint(parseInt(code, 16)))
    .replaceAll(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    .replaceAll('&amp;', '&');
}
