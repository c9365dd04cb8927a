// Bundles every tests/*.test.ts and hands them to node:test.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { build } from "esbuild";

const names = readdirSync("tests").filter((n) => n.endsWith(".test.ts"));
await build({
  entryPoints: names.map((n) => `tests/${n}`),
  bundle: true,
  platform: "node",
  format: "esm",
  outdir: "node_modules/.tests",
  outExtension: { ".js": ".mjs" },
  logLevel: "warning",
});
const run = spawnSync(process.execPath, ["--test", ...names.map((n) => `node_modules/.tests/${n.replace(/\.ts$/, ".mjs")}`)], {
  stdio: "inherit",
});
process.exit(run.status ?? 1);
