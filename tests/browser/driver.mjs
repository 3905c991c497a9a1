// Chromium, driven over standard input and output: one JSON object a line in, one out. The tests are in Python beside it.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";

import * as scenarios from "./scenarios.mjs";

const [web, executablePath] = process.argv.slice(2);
const require = createRequire(`${web}/package.json`);
const { chromium } = require("playwright-core");
const axe = require("axe-core").source;

const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const browser = await chromium.launch({ executablePath, args: FLAGS });
/** Only so that a test which hangs ends; none depends on how fast the machine is. */
const PATIENCE_MS = 90_000;
/** What signing in left in the browser, by the site's address. */
const signedIn = new Map();

/** A page of its own in the state that a test wants, with what went wrong in it collected. */
async function open({ address, path = "/jobs", width = 1280, height = 860, theme = "light", language = "en", entry = null, stranger = false, before = null }) {
  if (entry && !signedIn.has(address)) {
    const first = await browser.newContext();
    const page = await first.newPage();
    await page.goto(entry);
    await page.locator("h1").waitFor();
    signedIn.set(address, await first.storageState());
    await first.close();
  }
  const context = await browser.newContext({
    viewport: { width, height }, colorScheme: theme, locale: language === "zh" ? "zh-CN" : "en-US", timezoneId: "Asia/Shanghai", storageState: stranger ? undefined : (signedIn.get(address) ?? undefined),
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const wrong = { policy: [], errors: [], outside: [] };
  page.on("pageerror", (error) => wrong.errors.push(String(error).slice(0, 400)));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.origin !== address && url.protocol !== "data:") wrong.outside.push(request.url());
  });
  await page.addInitScript(() => {
    globalThis.violations = [];
    document.addEventListener("securitypolicyviolation", (event) => globalThis.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
  });
  if (before) await before(page, context);
  await page.goto(address + path, { waitUntil: "domcontentloaded" });
  return { page, context, wrong };
}

/** An empty page, for what needs no server. */
async function blank() {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const wrong = { errors: [], outside: [] };
  page.on("pageerror", (error) => wrong.errors.push(String(error).slice(0, 400)));
  page.on("console", (message) => message.type() === "error" && wrong.errors.push(message.text().slice(0, 400)));
  page.on("request", (request) => wrong.outside.push(request.url()));
  return { page, context, wrong };
}

/** What axe finds, and what went wrong meanwhile. */
async function judged({ page, wrong }) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const result = await globalThis.axe.run(document, { resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
    return result.violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.target.join(" ")).join(" | ")}`);
  });
  const overflow = await page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - innerWidth));
  return { ...wrong, policy: await page.evaluate(() => globalThis.violations), axe: found, overflow };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { scenario, args } = JSON.parse(line);
  let opened = null;
  const tools = { open: async (options) => (opened = await open({ ...args, ...options })), blank: async () => (opened = await blank()), judged, signedIn, axe, web };
  try {
    console.log(JSON.stringify({ value: (await scenarios[scenario](tools, args)) ?? null }));
  } catch (error) {
    const seen = opened ? await opened.page.locator("body").innerText().catch(() => "") : "";
    console.log(JSON.stringify({ error: String(error?.stack ?? error).slice(0, 1500), seen: seen.slice(0, 2500), wrong: opened?.wrong ?? null }));
  } finally {
    await opened?.context.close();
  }
}
await browser.close();
