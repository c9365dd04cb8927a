// The dashboard's tools over MCP (streamable HTTP, without a session): what this graph sees of the world, and no more.
import { readFile } from "node:fs/promises";

const address = process.env.DASHBOARD_MCP ?? "http://127.0.0.1:5000/mcp";

async function token() {
  const file = process.env.DASHBOARD_TOKEN_FILE;
  return file ? (await readFile(file, "utf8")).trim() : "";
}

let id = 0;

async function call(method, params) {
  const answer = await fetch(address, {
    method: "POST",
    redirect: "error",
    headers: {
      Authorization: `Bearer ${await token()}`,
      "Content-Type": "application/json",
      Accept: "application/json, text/event-stream",
      "MCP-Protocol-Version": "2025-11-25",
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: ++id, method, params }),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await answer.text();
  if (!answer.ok) {
    throw new Error(`The dashboard answered ${answer.status}: ${text.slice(0, 300)}`);
  }
  // An answer is JSON, or one event of a stream that holds it.
  const json = text.startsWith("{")
    ? text
    : text
        .split(/\r?\n/)
        .filter((line) => line.startsWith("data:"))
        .map((line) => line.slice(5).trim())
        .at(-1);
  const told = JSON.parse(json);
  if (told.error) {
    throw new Error(told.error.message);
  }
  return told.result;
}

/** What a tool says: data where it gives some, else its text. A tool that failed is an error. */
export async function tool(name, args) {
  const result = await call("tools/call", { name, arguments: args });
  const text = (result.content ?? []).map((part) => part.text ?? "").join("\n");
  if (result.isError) {
    throw new Error(text);
  }
  if (result.structuredContent) {
    return result.structuredContent;
  }
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
