// Opens reports from disk in a browser, as a reader would, and looks at what a parser cannot see:
// errors, requests, marks against table rows, accessibility, width, dark mode and print.
//
// Usage: node check.mjs BROWSER REPORT.html...
// With PICTURES=FOLDER screenshots for human eyes are left there: light, dark, narrow, and print.

import { mkdtempSync, mkdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import playwright from "playwright-core";
import axe from "@axe-core/playwright";

const AxeBuilder = axe.default ?? axe;
const [browserPath, ...reports] = process.argv.slice(2);
const pictures = process.env.PICTURES;
if (!reports.length) throw new Error("no report was named");
const BYTES_MAX = 1_500_000;
const ARGUMENTS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

const failures = [];
if (pictures) mkdirSync(pictures, { recursive: true });
const profile = mkdtempSync(join(tmpdir(), "browser-"));
const context = await playwright.chromium.launchPersistentContext(profile, {
  executablePath: browserPath, args: ARGUMENTS, viewport: { width: 1100, height: 900 },
});

// Marks of a chart: elements of class m, and corners of lines of class l.
const chartsOf = () => [...document.querySelectorAll("[data-chart]")].map((figure) => {
  const corners = [...figure.querySelectorAll("polyline.l")]
    .reduce((sum, line) => sum + line.points.numberOfItems, 0);
  const svg = figure.querySelector("svg:not(.key)");
  return {
    id: figure.id,
    marks: corners + figure.querySelectorAll(".m").length,
    rows: figure.querySelectorAll("details tbody tr").length,
    stated: Number(figure.dataset.points),
    sentence: figure.querySelector("figcaption").textContent.length,
    drawn: !svg || svg.getBoundingClientRect().width > 0,
  };
});

const painted = () => {
  const line = document.querySelector("polyline.l, .m");
  return line ? getComputedStyle(line).stroke + getComputedStyle(line).fill : "";
};

async function serious(page, what, fail) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  for (const one of violations.filter((v) => ["serious", "critical"].includes(v.impact))) {
    fail(`${what}: axe ${one.id}: ${one.nodes[0].target} (${one.nodes.length} times)`);
  }
}

async function overflow(page, what, fail) {
  const [inner, outer] = await page.evaluate(() =>
    [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  if (inner > outer) fail(`${what}: ${inner} px of content in ${outer} px`);
}

async function look(report) {
  const fail = (what) => failures.push(`${report}: ${what}`);
  const name = `${basename(dirname(dirname(resolve(report))))}`;
  const picture = async (kind) => {
    const path = pictures && join(pictures, `${name}-${kind}.png`);
    if (pictures) await page.screenshot({ path, fullPage: kind !== "print" });
  };
  const url = pathToFileURL(resolve(report)).href;
  const page = await context.newPage();
  page.on("console", (message) => fail(`console: ${message.text()}`));
  page.on("pageerror", (error) => fail(`error: ${error}`));
  page.on("request", (request) => {
    if (request.url().split("#")[0] !== url) fail(`request: ${request.url()}`);
  });
  if (statSync(report).size > BYTES_MAX) fail("larger than 1.5 MB");

  await page.emulateMedia({ colorScheme: "light" });
  await page.goto(url);
  const charts = await page.evaluate(chartsOf);
  if (charts.length < 8) fail(`only ${charts.length} charts`);
  for (const chart of charts) {
    if (chart.marks !== chart.rows || chart.rows !== chart.stated) {
      fail(`${chart.id}: ${chart.marks} marks, ${chart.rows} rows, ${chart.stated} stated`);
    }
    if (!chart.sentence) fail(`${chart.id}: no sentence`);
    if (!chart.drawn) fail(`${chart.id}: not drawn`);
  }
  if (/^(none|)rgb\(0, 0, 0\)$/.test(await page.evaluate(painted))) fail("the style was refused");
  await overflow(page, "1100 px", fail);
  await picture("light");
  await serious(page, "light", fail);

  // The keyboard's first stop leads past the navigation.
  await page.keyboard.press("Tab");
  const first = await page.evaluate(() => document.activeElement.className);
  if (first !== "skip") fail("the first stop of the keyboard is not the skip link");
  await page.keyboard.press("Enter");
  const then = await page.evaluate(() => document.activeElement.id);
  if (then !== "main") fail("the skip link leads nowhere");

  await page.emulateMedia({ colorScheme: "dark" });
  await picture("dark");
  await serious(page, "dark", fail);

  await page.setViewportSize({ width: 360, height: 740 });
  await overflow(page, "360 px", fail);
  await page.emulateMedia({ colorScheme: "light" });
  await picture("360");
  const fold = (open) => page.evaluate((open) => {
    for (const one of document.querySelectorAll("details")) one.open = open;
  }, open);
  await fold(true);
  await overflow(page, "360 px, all open", fail);
  await fold(false);

  // On paper nothing is folded away, and ink is dark also for those who read in the dark.
  await page.setViewportSize({ width: 794, height: 1123 });
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  const hidden = await page.evaluate(() => {
    const all = [...document.querySelectorAll("details table, details pre")];
    return all.filter((one) => !one.checkVisibility() || !one.getBoundingClientRect().height).length;
  });
  if (hidden) fail(`print: ${hidden} tables are folded away`);
  const paper = await page.evaluate(() =>
    getComputedStyle(document.documentElement).backgroundColor);
  if (paper !== "rgb(255, 255, 255)") fail(`print: the paper is ${paper}`);
  await picture("print");
  await page.close();

  console.log(`${report}: ${charts.length} charts, ${charts.reduce((n, c) => n + c.marks, 0)} marks`);
}

try {
  for (const report of reports) await look(report);
} finally {
  await context.close();
  rmSync(profile, { recursive: true, force: true });
}
for (const failure of failures) console.error(`FAILED ${failure}`);
process.exit(failures.length ? 1 : 0);
