// What a person does on the page, step by step. Each gives plain facts back; the tests in Python judge them.

import { readFileSync } from "node:fs";

const until = (page, text, options = {}) => page.getByText(text, { exact: false, ...options }).first().waitFor();
const main = (page) => page.locator("main");

/** A page as it is once `expect` can be read on it. */
export async function look({ open, judged }, { expect, shot = null, full = false, settle = 0, click = null }) {
  const opened = await open({});
  for (const text of expect) await until(opened.page, text);
  if (click) await opened.page.locator(click).first().click();
  if (settle) await opened.page.waitForTimeout(settle);
  if (shot) await opened.page.screenshot({ path: shot, fullPage: full });
  const text = await opened.page.locator("body").innerText();
  return { ...(await judged(opened)), text, title: await opened.page.title(), language: await opened.page.locator("html").getAttribute("lang") };
}

const names = (page) => page.locator("table.jobs tbody td.name a").allInnerTexts();

export async function filterJobs({ open }, { words, group, column }) {
  const { page } = await open({ path: "/jobs" });
  await page.locator("table.jobs tbody tr").first().waitFor();
  const all = await names(page);
  await page.getByRole("searchbox").fill(words);
  const found = await names(page);
  await page.getByRole("searchbox").fill("nothing is called so");
  await until(page, "Nothing fits");
  await page.getByRole("button", { name: "Show all" }).click();
  await page.locator(`button.group-${group}`).click();
  const grouped = await page.locator("table.jobs tbody .state").allInnerTexts();
  await page.locator("button.group-all").click();
  await page.getByRole("button", { name: column, exact: true }).click();
  const sort = await page.locator("th[aria-sort=descending], th[aria-sort=ascending]").innerText();
  return { all, found, grouped, sort, sorted: await page.locator("table.jobs tbody td[data-label=GPU]").allInnerTexts() };
}

/** From the list to a confirmed stop; clicks are counted. */
export async function stopJob({ open, judged }, { name, typed, decision }) {
  const opened = await open({ path: "/jobs" });
  const { page } = opened;
  let clicks = 0;
  const click = async (what) => {
    clicks += 1;
    await what.click();
  };
  await click(page.getByRole("link", { name, exact: true }));
  await click(page.getByRole("button", { name: /^Stop job/ }));
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  const preview = await dialog.locator("dl").innerText();
  const yes = dialog.getByRole("button", { name: /^Yes/ });
  const early = await yes.isEnabled();
  const field = dialog.getByRole("textbox");
  const isFocused = await field.evaluate((element) => element === document.activeElement);
  await page.keyboard.type(typed);
  const ready = await yes.isEnabled();
  const seen = await judged(opened);
  if (decision === "yes" && ready) await click(yes);
  else if (decision === "no") await click(dialog.getByRole("button", { name: /^No/ }));
  else if (decision === "enter") await page.keyboard.press("Enter");
  else await page.keyboard.press("Escape");
  if (decision === "escape" || (!ready && decision !== "no")) await page.waitForTimeout(300);
  else await page.locator(".stop .notice, .stop .failure").waitFor();
  return { ...seen, clicks, preview, early, ready, isFocused, told: await page.locator(".stop").innerText() };
}

/** Decides what an agent asked for. */
export async function decide({ open, judged }, { name, typed, decision }) {
  const opened = await open({ path: "/approvals" });
  const { page } = opened;
  const card = page.locator("article.approval", { hasText: name });
  await card.waitFor();
  const badge = await page.locator("nav .badge").innerText();
  await card.getByRole("textbox").fill(typed);
  const ready = await card.getByRole("button", { name: /^Yes/ }).isEnabled();
  const seen = await judged(opened);
  await card.getByRole("button", { name: decision === "yes" ? /^Yes/ : /^No/ }).click();
  await page.locator("main .notice, main .failure").first().waitFor();
  await until(page, "Decided");
  return { ...seen, ready, badge, text: await main(page).innerText() };
}

/** Whether what others wrote only shows: nothing runs, nothing is fetched, and hidden marks can be seen. */
export async function hostile({ open, judged }, { job, expect }) {
  const opened = await open({ path: "/jobs" });
  const { page } = opened;
  const dialogs = [];
  page.on("dialog", (dialog) => { dialogs.push(dialog.message()); void dialog.dismiss(); });
  await page.locator("table.jobs tbody tr").first().waitFor();
  const list = await judged(opened);
  await page.goto(new URL(`/jobs/${job}`, page.url()).href);
  for (const text of expect) await until(page, text);
  await page.locator(".log .line").first().waitFor();
  const strange = await page.evaluate(() => ({
    elements: document.querySelectorAll("main script, main iframe, main img, main a[href^=javascript], main object, main form[action]").length,
    handlers: [...document.querySelectorAll("main *")].filter((element) => element.getAttributeNames().some((name) => name.startsWith("on"))).length,
    ran: globalThis.pwned ?? null,
  }));
  return { list, ...(await judged(opened)), ...strange, dialogs, marks: await page.locator(".hidden-mark").allInnerTexts(), text: await main(page).innerText() };
}

export async function log({ open }, { job, words, everywhere }) {
  const { page } = await open({ path: `/jobs/${job}` });
  await page.locator(".evidence").waitFor(); // it may choose another pod, whose log is read then
  await page.waitForTimeout(500);
  await page.locator("#log .line").first().waitFor();
  const folded = await page.locator("#log .folded").allInnerTexts();
  const few = await page.locator("#log .line").count();
  await page.locator("#log .check input").uncheck();
  const all = await page.locator("#log .line").count();
  await page.locator("#log input[type=search]").fill(words);
  const status = page.locator("#log .found [role=status]");
  await status.filter({ hasText: /[1-9]/ }).waitFor(); // the lines are looked through after the words are drawn
  const found = await status.innerText();
  await page.locator("#log input[type=search]").press("Enter");
  const target = await page.locator("#log .line.target").innerText();
  const isInSight = await page.locator("#log .line.target").evaluate((element) => {
    const [line, box] = [element.getBoundingClientRect(), element.closest(".log").getBoundingClientRect()];
    return line.top >= box.top - 1 && line.bottom <= box.bottom + 1;
  });
  let matches = null;
  if (everywhere) {
    await page.getByRole("button", { name: "Search the whole logs of all pods" }).click();
    matches = await page.locator(".everywhere .quiet").innerText();
  }
  await page.locator("#log select[aria-label=Level]").selectOption("error");
  return { folded, few, all, found, target, isInSight, matches, errors: await page.locator("#log .line").allInnerTexts() };
}

export async function evidence({ open }, { job }) {
  const { page } = await open({ path: `/jobs/${job}` });
  const button = page.getByRole("button", { name: "Show in the log" }).first();
  await button.waitFor();
  const quoted = await page.locator(".evidence li", { has: page.getByRole("button", { name: "Show in the log" }) }).first().locator("code").innerText();
  await button.click();
  await page.locator("#log .line.target").waitFor();
  return { quoted, target: await page.locator("#log .line.target").innerText() };
}

export async function follow({ open }, { job }) {
  const { page } = await open({ path: `/jobs/${job}` });
  const last = page.locator("#log .line").last();
  await last.waitFor();
  const before = await last.innerText();
  await page.waitForFunction((text) => [...document.querySelectorAll("#log .line")].at(-1)?.textContent !== text, before);
  const isAtEnd = await page.locator("#log .log").evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight < 60);
  return { before, after: await last.innerText(), isAtEnd };
}

export async function curves({ open }, { job }) {
  const { page } = await open({ path: `/jobs/${job}` });
  const plot = page.locator(".curve .plot").first();
  // The diagnosis may choose another pod, whose log is read then.
  await page.locator(".evidence").waitFor();
  await page.waitForTimeout(500);
  await page.waitForFunction(() => document.querySelectorAll(".curve canvas").length === 3);
  const titles = await page.locator(".curve figcaption > b").allInnerTexts();
  const values = () => page.locator(".curve").first().locator(".values").innerText();
  await plot.focus();
  await page.keyboard.press("Home");
  const first = await values();
  await page.keyboard.press("ArrowRight");
  const second = await values();
  await plot.scrollIntoViewIfNeeded();
  const box = await page.locator(".curve .u-over").first().boundingBox();
  await page.mouse.move(box.x + box.width * 0.3, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + 40, { steps: 5 });
  await page.mouse.up();
  await page.getByRole("button", { name: /whole|reset/i }).waitFor().catch(() => undefined);
  const isZoomed = (await page.locator(".zoomed button").count()) === 1;
  if (isZoomed) await page.locator(".zoomed button").click();
  return { titles, first, second, isZoomed, isWhole: (await page.locator(".zoomed").count()) === 0 };
}

export async function pods({ open, judged }, { job, count }) {
  const opened = await open({ path: `/jobs/${job}` });
  const { page } = opened;
  const cells = page.locator(".podmap .pod");
  await page.waitForFunction((wanted) => document.querySelectorAll(".podmap .pod").length === wanted, count);
  await page.locator(".podmap .apart").first().waitFor();
  const tabbable = await page.locator(".podmap .pod[tabindex='0']").count();
  await cells.first().focus();
  await page.keyboard.press("End");
  const last = await page.locator(".readout").innerText();
  await page.keyboard.press("ArrowLeft");
  const before = await page.locator(".readout").innerText();
  const started = Date.now();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement?.getAttribute("aria-pressed") === "true");
  const ms = Date.now() - started;
  const apart = await page.locator(".podmap .apart").evaluateAll((found) => found.map((one) => one.getAttribute("aria-label")));
  return { ...(await judged(opened)), tabbable, last, before, ms, apart, count: await cells.count() };
}

/** The network goes and comes back. */
export async function offline({ open }, { expect }) {
  const { page, context } = await open({ path: "/jobs" });
  await until(page, expect);
  await page.locator(".live-live").waitFor();
  await context.setOffline(true);
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await page.locator(".live-offline").waitFor();
  const kept = await main(page).innerText();
  await page.getByRole("link", { name: "Audit" }).click();
  await page.locator(".failure").first().waitFor();
  const told = await page.locator(".failure").first().innerText();
  await context.setOffline(false);
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await page.locator(".live-live").waitFor();
  await page.locator(".failure button").first().click();
  await page.locator(".failure").first().waitFor({ state: "detached" });
  return { kept, told };
}

/** Every answer comes late: the page shows at once that it waits, and takes what comes. */
export async function slow({ open }, { expect, delay }) {
  const { page } = await open({
    path: "/jobs",
    before: (page) => page.route("**/api/**", async (route) => {
      await new Promise((resume) => setTimeout(resume, delay));
      await route.continue().catch(() => undefined);
    }),
  });
  await until(page, "Loading");
  const early = await page.locator("body").innerText();
  await until(page, expect);
  await page.getByRole("searchbox").fill("x");
  return { early, words: await page.getByRole("searchbox").inputValue() };
}

export async function failing({ open }, { expect }) {
  const { page } = await open({
    path: "/jobs",
    before: (page) => page.route("**/api/{tools,events}**/**", (route) => route.fulfill({ status: 503, contentType: "application/json", body: JSON.stringify({ error: { code: "unavailable", message: "<b>no cloud</b>" } }) })),
  });
  await until(page, expect);
  return { text: await main(page).innerText(), bold: await page.locator("main b", { hasText: "no cloud" }).count() };
}

export async function signIn({ open, judged, signedIn }, { address, wrong, token, expect }) {
  signedIn.delete(address);
  const opened = await open({ path: "/jobs" });
  const { page, context } = opened;
  const field = page.getByLabel("Token");
  await field.waitFor();
  const seen = await judged(opened);
  await field.fill(wrong);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator(".failure").waitFor();
  const told = await page.locator(".failure").innerText();
  await field.fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await until(page, expect);
  const cookies = await context.cookies();
  const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
  await page.locator(".who summary").click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await field.waitFor();
  return { ...seen, told, cookies, stored };
}

/** The viewer's choices hold over a new visit of the page. */
export async function choose({ open }) {
  const { page } = await open({ path: "/quotas" });
  await page.getByRole("button", { name: "中文" }).click();
  await page.getByRole("heading", { name: "配额", level: 1 }).waitFor();
  await page.getByRole("button", { name: /^主题/ }).click();
  await page.getByRole("button", { name: /^主题/ }).click();
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await ground();
  await page.reload();
  await page.getByRole("heading", { name: "配额", level: 1 }).waitFor();
  return { dark, after: await ground(), language: await page.locator("html").getAttribute("lang") };
}

/** Through the page with the keyboard alone: the skip link, the first job, back. */
export async function keyboard({ open }) {
  const { page } = await open({ path: "/jobs" });
  await page.locator("table.jobs tbody tr").first().waitFor();
  await page.keyboard.press("Tab");
  const skip = await page.evaluate(() => document.activeElement?.textContent);
  await page.keyboard.press("Enter");
  let name = "";
  for (let step = 0; step < 60 && !name; step += 1) {
    await page.keyboard.press("Tab");
    name = await page.evaluate(() => (document.activeElement?.closest("td.name") ? document.activeElement.textContent : ""));
  }
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  await page.keyboard.press("Enter");
  await page.locator(".jobhead h1").waitFor();
  const heading = await page.locator("h1").innerText();
  await page.goBack();
  await page.locator("table.jobs tbody tr").first().waitFor();
  return { skip, name, outline, heading };
}

/** How fast the first thing is seen, and how much was fetched for it. */
export async function firstPaint({ open }, { expect }) {
  const { page } = await open({ path: "/jobs" });
  await until(page, expect);
  return page.evaluate(() => {
    const paint = performance.getEntriesByName("first-contentful-paint")[0];
    const files = performance.getEntriesByType("resource").filter((entry) => entry.name.includes("/assets/"));
    return { ms: paint?.startTime ?? null, files: files.map((entry) => [new URL(entry.name).pathname, entry.encodedBodySize, entry.decodedBodySize]) };
  });
}

/** A view in the reference host of the MCP Apps extension: what it shows, asks of the host, and does to the outside. */
export async function view({ blank, axe, web }, { args, result, again, expect, theme, locale, click }) {
  const { page, wrong } = await blank();
  await page.addScriptTag({ path: `${web}/node_modules/.host/host.js` });
  const html = readFileSync(`${web}/dist/app/view.html`, "utf8");
  await page.evaluate(([html, args, result, again, theme, locale]) => globalThis.show(html, args, result, again, theme, locale).then((shown) => void (globalThis.shown = shown)), [html, args, result, again ?? {}, theme ?? "light", locale ?? "en"]);
  const frame = page.frameLocator("iframe");
  for (const text of expect) await frame.getByText(text, { exact: false }).first().waitFor();
  if (click) {
    await frame.getByRole("button", { name: click }).click();
    await page.waitForFunction(() => globalThis.shown.calls.length > 0);
  }
  const inside = page.frames()[1];
  await inside.evaluate(axe);
  const found = await inside.evaluate(async () => {
    const result = await globalThis.axe.run(document, { resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"] });
    return result.violations.map((one) => `${one.id}: ${one.nodes[0].target.join(" ")}`);
  });
  await page.waitForFunction(() => globalThis.shown.sizes.length > 0);
  return {
    ...wrong, axe: found, ...(await page.evaluate(() => globalThis.shown)), text: await frame.locator("main").innerText(), buttons: await frame.getByRole("button").allInnerTexts(),
    fields: await frame.getByRole("textbox").count(), ground: await inside.evaluate(() => getComputedStyle(document.body).backgroundColor), language: await inside.evaluate(() => document.documentElement.lang),
    elements: await inside.evaluate(() => document.querySelectorAll("main img, main script").length),
  };
}
