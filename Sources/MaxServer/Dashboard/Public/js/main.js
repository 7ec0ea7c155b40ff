// Wires the page together: who hears which event, and what a selection changes.

import { AgentPanel } from "./agents.js";
import { Chart } from "./chart.js";
import { candlesOf } from "./chart-sources.js";
import { openConnection } from "./connection.js";
import { DiscussionPanel } from "./discussions.js";
import { byId, setText } from "./dom.js";
import { publishCommand } from "./format.js";
import { KnownSeries } from "./known-series.js";
import { MessageForm } from "./message-form.js";
import * as messages from "./messages.js";
import { noticeMissingFile } from "./notices.js";
import { ResolutionButtons } from "./resolution-buttons.js";
import { getData } from "./rest.js";
import { capacity as mostSectors, SectorPanel } from "./sectors.js";
import * as settings from "./settings.js";
import { sparkPoints } from "./sparkline.js";
import { StatusBar } from "./status-bar.js";
import { Subscription } from "./subscription.js";
import { SymbolPicker } from "./symbol-picker.js";
import { startTheme } from "./theme.js";
import { WatchList } from "./watch-list.js";

const title = document.title;
const symbols = settings.symbols();
const shown = { symbol: symbols[0], resolution: settings.watchResolutions[0] }; // The bars in the chart, now or last.

startTheme(byId("theme"), byId("theme-name"));
const statusBar = new StatusBar({ retry: reconnect });
const sectors = new SectorPanel(byId("sector-rows"), byId("market-index"), (id) => chart.showSector(id));
const agents = new AgentPanel(byId("agent-rows"), byId("agent-count"));
const discussions = new DiscussionPanel(byId("discussion-feed"), byId("discussion-count"));
const messageForm = new MessageForm({ written: pastMessage });
const known = new KnownSeries(drawChoice);
const watchList = new WatchList(byId("watch-list"), symbols, selectSymbol);
const watchButtons = new ResolutionButtons(byId("watch-resolutions"), watch);
const picker = new SymbolPicker(known, selectSymbol);
const chartButtons = new ResolutionButtons(byId("chart-resolutions"), (id) => chart.showBars(shown.symbol, id));
const chart = new Chart({ sectorName: (id) => sectors.nameOf(id), chosen: drawChoice });

for (const code of document.querySelectorAll("[data-payload]")) {
  setText(code, publishCommand(code.dataset.channel, JSON.parse(code.dataset.payload)));
}

const socket = window.io ? connect() : undefined;
const watchSubscription = socket && new Subscription(socket, { message: snapshotMessage, problem: tellWatchList });
// Their events come by the firehose; the rooms know what was last.
const marketSubscription = socket && new Subscription(socket, {
  message: snapshotMessage, problem: (problem) => problem && console.warn(problem),
});
marketSubscription?.replace(["market"]);
watch(settings.remembered("resolution", settings.watchResolutions, settings.watchResolutions[0]));
chart.start(shown.symbol, shown.resolution);
chart.connect(socket, snapshotMessage);

if (!window.io) {
  statusBar.connectionChanged({ state: "disconnected", detail: "client file missing" });
  noticeMissingFile({ file: "/socket.io/socket.io.js", consequence: "This page cannot connect without it." });
}
if (!window.LightweightCharts) {
  noticeMissingFile({
    file: "/vendor/lightweight-charts.js", consequence: "The chart is a plain line without it.",
  });
}

setInterval(tick, 1000);

function connect() {
  const socket = openConnection({
    transports: settings.transports(),
    report: (change) => statusBar.connectionChanged(change),
    transportChanged: (name) => statusBar.transportChanged(name),
  });
  socket.onAny(() => statusBar.messageReceived());
  socket.on("connect", loadMarket);
  listen("bar:update", messages.parseBar, barUpdate);
  listen("market:update", messages.parseMarketUpdate, (update) => sectors.marketUpdate(update));
  listen("sector:candle_update", messages.parseSectorCandle, candleUpdate);
  listen("agent:status_update", messages.parseAgentStatus, (update) => agents.statusUpdate(update));
  listen("discussion:new_message", messages.parseDiscussionMessage, (message) => discussions.newMessage(message));
  return socket;

  function listen(event, parse, handle) {
    socket.on(event, (payload) => {
      const value = parse(payload);
      if (value === undefined) statusBar.messageUnreadable();
      else handle(value);
    });
  }
}

function reconnect() {
  statusBar.connectionChanged({ state: "connecting" });
  socket.connect();
}

/** What the server knows by now. The page shows what comes live even if it knows nothing. */
async function loadMarket() {
  const askedAt = performance.now();
  const load = async (path, describe) => {
    for (const item of await getData(path)) describe(item, askedAt);
  };
  const loads = [
    loadSectors(askedAt),
    load("/api/agents", (agent) => agents.describe(agent, askedAt)),
    messageForm.load(),
    known.refresh(),
  ];
  for (const { reason } of await Promise.allSettled(loads)) if (reason) console.warn(reason.message);
}

async function loadSectors(askedAt) {
  const found = await getData("/api/sectors");
  marketSubscription.replace(["market", ...found.slice(0, mostSectors).map(({ id }) => `sector:${id}`)]);
  for (const sector of found) describeSector(sector, askedAt);
}

async function describeSector(sector, askedAt) {
  sectors.describe(sector, askedAt);
  chart.sectorNamed(sector.id);
  // For the small line; those whose candles come live have one already.
  if (sectors.hasCandles(sector.id)) return;
  const candles = await candlesOf(sector.id, sparkPoints).catch(() => []);
  const live = sectors.hasCandles(sector.id);
  if (!live) for (const candle of candles) sectors.candleUpdate({ sectorId: sector.id, ...candle });
}

function pastMessage(payload) {
  const message = messages.parseDiscussionMessage(payload);
  if (message) discussions.pastMessage(message);
}

function candleUpdate(update) {
  sectors.candleUpdate(update);
  chart.candleUpdate(update);
}

function barUpdate(update) {
  const isListed = watchList.barUpdate(update);
  const isShown = chart.barUpdate(update);
  if (isListed || isShown) known.heardOf(update.symbol, update.resolution);
}

/** An event from before this page came, of a room it has joined. What agents and discussions said comes by REST. */
function snapshotMessage({ event, data }) {
  const [parse, handle] = {
    "bar:update": [messages.parseBar, barUpdate],
    "market:update": [messages.parseMarketUpdate, (update) => sectors.pastUpdate(update)],
    "sector:candle_update": [messages.parseSectorCandle, candleUpdate],
  }[event] ?? [];
  const value = parse?.(data);
  if (value !== undefined) handle(value);
}

/** Keeps the length of the bars, unless the symbol is known to have others only. */
function selectSymbol(symbol) {
  const resolutions = known.resolutionsOf(symbol);
  const isThere = resolutions.length === 0 || resolutions.includes(shown.resolution);
  chart.showBars(symbol, isThere ? shown.resolution : resolutions[0]);
}

/** Shows the choice of bars, after a change of it or of what there is to choose from. */
function drawChoice() {
  const { symbol, resolution } = chart;
  if (symbol !== undefined) Object.assign(shown, { symbol, resolution });
  watchList.markSelected(symbol);
  picker.show(symbol);
  picker.changed();
  chartButtons.show(known.resolutionsFor(shown.symbol, resolution), resolution, known.resolutionsOf(shown.symbol));
}

/** Chooses the bars of the watch list. */
function watch(resolution) {
  settings.remember("resolution", resolution);
  watchButtons.show(settings.watchResolutions, resolution);
  watchList.watch(resolution);
  watchSubscription?.replace(symbols.map((symbol) => `bars:${symbol}:${resolution}`));
}

function tellWatchList(problem) {
  setText(byId("watch-note"), problem ?? "");
  byId("watch-note").hidden = problem === undefined;
}

/** What changes with the clock alone, and what is not worth a drawing per frame. */
function tick() {
  statusBar.tick();
  agents.tick();
  document.title = chart.headline ? `${chart.headline} · ${title}` : title;
}
