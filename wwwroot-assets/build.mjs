// Called by assets.targets: `node build.mjs install STAMP` and `node build.mjs bundle OUT`. One at a time, whoever calls:
// several projects and several builds may ask for the same files at once.
import { execFileSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(fileURLToPath(import.meta.url));
const [task = "bundle", target] = process.argv.slice(2);
const lockFile = join(root, "node_modules.lock");

const files = (folder) =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((e) => e.isFile())
    .map((e) => join(e.parentPath ?? e.path, e.name));
const newest = (paths) => Math.max(0, ...paths.map((p) => (existsSync(p) ? statSync(p).mtimeMs : Infinity)));
const oldest = (paths) => Math.min(Infinity, ...paths.map((p) => (existsSync(p) ? statSync(p).mtimeMs : 0)));

async function exclusive(work) {
  for (let waited = 0; ; waited += 100) {
    try {
      const handle = openSync(lockFile, "wx");
      writeSync(handle, String(process.pid));
      closeSync(handle);
      break;
    } catch (e) {
      if (e.code !== "EEXIST") throw e;
      if (abandoned()) rmSync(lockFile, { force: true });
      else if (waited > 300_000) throw new Error(`${lockFile} has been held for five minutes; remove it if no build is running.`);
      else await new Promise((r) => setTimeout(r, 100));
    }
  }
  try {
    await work();
  } finally {
    rmSync(lockFile, { force: true });
  }
}

function abandoned() {
  try {
    const holder = Number(readFileSync(lockFile, "utf8"));
    if (!holder) return Date.now() - statSync(lockFile).mtimeMs > 10_000;
    process.kill(holder, 0);
    return false;
  } catch (e) {
    return e.code === "ESRCH";
  }
}

function install(stamp) {
  const installed = join(root, "node_modules/.package-lock.json");
  if (newest([join(root, "package-lock.json")]) > oldest([installed, stamp])) {
    const npm = process.platform === "win32" ? "npm.cmd" : "npm";
    execFileSync(npm, ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
      cwd: root,
      stdio: ["ignore", "inherit", "inherit"],
      shell: process.platform === "win32",
    });
    const now = new Date();
    utimesSync(installed, now, now);
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, "");
}

async function bundle(out) {
  const inputs = [...files(join(root, "src")), join(root, "package-lock.json"), join(root, "build.mjs")];
  if (newest(inputs) <= oldest([join(out, "app.css"), join(out, "app.js"), join(out, "editor.js")])) return;
  const { build } = await import("esbuild");
  const fresh = join(root, "node_modules/.dist");
  rmSync(fresh, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    // The editor is large and wanted on few pages, so it is a module of its own.
    entryPoints: { app: "src/app.ts", editor: "src/editor.ts", "app-css": "src/css/app.css" },
    bundle: true,
    format: "esm",
    target: ["es2022", "chrome109", "firefox115", "safari16.4"],
    minify: true,
    sourcemap: "linked",
    outdir: fresh,
    loader: { ".woff2": "file" },
    assetNames: "fonts/[name]",
    legalComments: "none",
    logLevel: "warning",
  });
  renameSync(join(fresh, "app-css.css"), join(fresh, "app.css"));
  rmSync(join(fresh, "app-css.css.map"), { force: true });
  const css = readFileSync(join(fresh, "app.css"), "utf8");
  writeFileSync(join(fresh, "app.css"), css.replace(/\/\*# sourceMappingURL=.*?\*\/\s*$/, ""));
  // File by file and by rename, so that a running server never serves half a file; what is gone from the sources goes.
  const kept = new Set(files(fresh).map((f) => relative(fresh, f)));
  for (const name of kept) {
    mkdirSync(dirname(join(out, name)), { recursive: true });
    writeFileSync(join(out, `${name}.new`), readFileSync(join(fresh, name)));
    renameSync(join(out, `${name}.new`), join(out, name));
  }
  for (const old of files(out)) if (!kept.has(relative(out, old))) rmSync(old);
}

await exclusive(() =>
  task === "install" ? install(resolve(target)) : bundle(resolve(target ?? join(root, "../Sevensa.Dashboard/wwwroot/dist"))),
);
