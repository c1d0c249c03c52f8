// What a browser makes of a report. In: the browser, the page, a folder for pictures, words for the filter. Out, as JSON: what is seen by width and colour scheme, with the
// keyboard, without scripts, and what the page wanted from elsewhere. None of it is judged here.
//
// The browser is spoken to through two pipes, in the DevTools protocol: https://chromedevtools.github.io/devtools-protocol/
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const [browser, page, folder, words] = process.argv.slice(2);
const WIDTHS = { phone: 375, desktop: 1280 };

const child = spawn(
  browser,
  ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-pipe", `--user-data-dir=${join(folder, "profile")}`],
  { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] },
);
const [to, from] = [child.stdio[3], child.stdio[4]];
const waiting = new Map();
const heard = [];
let [number, rest] = [0, ""];
from.setEncoding("utf8").on("data", (text) => {
  const messages = (rest + text).split("\0");
  rest = messages.pop();
  for (const message of messages.map((one) => JSON.parse(one))) {
    const { id, error, result } = message;
    if (id === undefined) heard.push(message);
    else if (error) waiting.get(id).reject(new Error(`${waiting.get(id).method}: ${error.message}`));
    else waiting.get(id).resolve(result);
  }
});
const ended = new Promise((_, reject) => child.on("exit", (code) => reject(new Error(`the browser ended with ${code}`))));
ended.catch(() => {});

function send(method, params = {}, sessionId = undefined) {
  const id = ++number;
  const answer = new Promise((resolve, reject) => waiting.set(id, { resolve, reject, method }));
  to.write(JSON.stringify({ id, method, params, sessionId }) + "\0");
  return Promise.race([answer, ended]);
}

// A tab that looks like a device, with the page in it.
async function open({ width, scheme, scripts = true }) {
  const { targetId } = await send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
  const call = (method, params) => send(method, params, sessionId);
  const evaluate = async (of, ...given) => {
    const expression = `(${of})(${given.map((one) => JSON.stringify(one)).join()})`;
    const { result, exceptionDetails } = await call("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  await call("Emulation.setDeviceMetricsOverride", { width, height: 800, deviceScaleFactor: 1, mobile: width < 600 });
  await call("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
  await call("Emulation.setScriptExecutionDisabled", { value: !scripts });
  for (const domain of ["Page", "Runtime", "Log", "Network"]) await call(`${domain}.enable`);
  await call("Page.navigate", { url: page });
  for (let tries = 0; !heard.some((one) => one.sessionId === sessionId && one.method === "Page.loadEventFired"); tries += 1) {
    if (tries > 600) throw new Error("the page is not there after a minute");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const close = () => send("Target.closeTarget", { targetId });
  return { call, evaluate, close, sessionId };
}

// Runs in the page: how wide it is, and the text whose colour is hardest to tell from its ground, by the ratio of WCAG 2.
function seen() {
  const parts = (color) => color.match(/[\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => {
    const part = (one) => (one / 255 <= 0.04045 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = parts(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
      if (color[3] !== 0) return null;
    }
    return [255, 255, 255];
  };
  const texts = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) if (walker.currentNode.data.trim()) texts.add(walker.currentNode.parentElement);
  const shown = [...texts].filter((one) => one.checkVisibility() && !one.closest("svg, script, style, option"));
  const contrast = (one) => {
    const [text, below] = [parts(getComputedStyle(one).color), ground(one)];
    if (!below || text.length === 4) return 0;
    const [high, low] = [luminance(text), luminance(below)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const told = (one) => ({ text: one.textContent.trim().slice(0, 60), contrast: contrast(one), size: parseFloat(getComputedStyle(one).fontSize) });
  const all = shown.map(told);
  const [faintest] = all.toSorted((a, b) => a.contrast - b.contrast);
  const [smallest] = all.toSorted((a, b) => a.size - b.size);
  return {
    viewport: innerWidth,
    width: document.documentElement.scrollWidth,
    texts: all.length,
    ground: getComputedStyle(document.body).backgroundColor,
    faintest,
    leastContrast: faintest.contrast,
    smallest,
    leastSize: smallest.size,
    filters: document.getElementById("filters").checkVisibility(),
    tables: [...document.querySelectorAll("div[data-table]")].filter((one) => one.checkVisibility()).length,
  };
}

// Runs in the page: what the keyboard has to reach.
function reachable() {
  const all = document.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']");
  return [...all].filter((one) => one.checkVisibility()).length;
}

// Runs in the page: where the keyboard is, and whether that can be seen.
function focused() {
  const at = document.activeElement;
  if (at === document.body) return null;
  window.reached ??= new Map();
  const { outlineStyle, outlineWidth } = getComputedStyle(at);
  const isNew = !window.reached.has(at);
  window.reached.set(at, true);
  const name = at.name || at.textContent.trim().slice(0, 40);
  return { isNew, name, outlined: outlineStyle !== "none" && outlineWidth !== "0px" };
}

async function press(tab, key, text) {
  const code = { Tab: 9, Enter: 13 }[key];
  await tab.call("Input.dispatchKeyEvent", { type: "keyDown", key, text, windowsVirtualKeyCode: code });
  await tab.call("Input.dispatchKeyEvent", { type: "keyUp", key, windowsVirtualKeyCode: code });
}

// From the top to the end with Tab; then words into the filter.
async function byKeyboard(tab, words) {
  const wanted = await tab.evaluate(reachable);
  const stops = [];
  for (let presses = 0; presses < wanted + 5; presses += 1) {
    await press(tab, "Tab");
    const stop = await tab.evaluate(focused);
    if (stop && !stop.isNew) break;
    if (stop) stops.push(stop);
  }
  const before = (await tab.evaluate(seen)).tables;
  await tab.evaluate(() => document.getElementById("filters").elements.text.focus());
  for (const letter of words) await press(tab, letter, letter);
  const after = (await tab.evaluate(seen)).tables;
  return { wanted, stops, before, after };
}

async function look() {
  const views = [];
  for (const [device, width] of Object.entries(WIDTHS)) {
    for (const scheme of ["light", "dark"]) {
      const tab = await open({ width, scheme });
      views.push({ device, scheme, ...(await tab.evaluate(seen)) });
      const { data } = await tab.call("Page.captureScreenshot", { format: "png" });
      writeFileSync(join(folder, `${device}-${scheme}.png`), Buffer.from(data, "base64"));
      await tab.close();
    }
  }
  const tab = await open({ width: WIDTHS.desktop, scheme: "light" });
  const keyboard = await byKeyboard(tab, words);
  await tab.close();
  const still = await open({ width: WIDTHS.desktop, scheme: "light", scripts: false });
  const withoutScripts = await still.evaluate(seen);
  await still.close();
  const asked = heard.filter((one) => one.method === "Network.requestWillBeSent").map((one) => one.params.request.url);
  const complaints = heard
    .filter((one) => one.method === "Runtime.exceptionThrown" || one.method === "Log.entryAdded")
    .map((one) => one.params.entry?.text ?? one.params.exceptionDetails.exception?.description);
  return { views, keyboard, withoutScripts, elsewhere: asked.filter((url) => url !== page && !url.startsWith("data:")), complaints };
}

try {
  console.log(JSON.stringify(await look()));
  await send("Browser.close");
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
  child.kill();
}
