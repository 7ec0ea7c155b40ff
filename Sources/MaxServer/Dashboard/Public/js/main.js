// Wires the page together: who hears which event, and what a selection changes.

import { AgentPanel } from "./agents.js";
import { BarSeries } from "./bars.js";
import { ChartPanel } from "./chart-panel.js";
import { openConnection } from "./connection.js";
import { DiscussionPanel } from "./discussions.js";
import { byId, setText } from "./dom.js";
import { MessageForm } from "./message-form.js";
import * as messages from "./messages.js";
import { noticeMissingFile } from "./notices.js";
import { getData } from "./rest.js";
import { candlesOf, SectorHistory } from "./sector-history.js";
import { SectorPanel } from "./sectors.js";
import * as settings from "./settings.js";
import { sparkPoints } from "./sparkline.js";
import { StatusBar } from "./status-bar.js";
import { Subscription } from "./subscription.js";
import { startTheme } from "./theme.js";
import { WatchList } from "./watch-list.js";

const title = document.title;
const symbols = settings.symbols();
const resolutionIds = settings.resolutions.map((resolution) => resolution.id);
const allSeries = new Map(); // By "SYMBOL:RESOLUTION"; grows to the watch list times the resolutions.
const selection = {
  symbol: settings.remembered("symbol", symbols, symbols[0]),
  resolution: settings.remembered("resolution", resolutionIds, resolutionIds[0]),
};

startTheme(byId("theme"), byId("theme-name"));
const statusBar = new StatusBar({ retry: reconnect });
const chart = new ChartPanel();
const watchList = new WatchList(byId("watch-list"), symbols, selectSymbol);
const sectors = new SectorPanel(byId("sector-rows"), byId("market-index"), selectSector);
const agents = new AgentPanel(byId("agent-rows"), byId("agent-count"));
const discussions = new DiscussionPanel(byId("discussion-feed"), byId("discussion-count"));
const messageForm = new MessageForm({ written: pastMessage });
let sectorHistory; // Of the sector that the chart shows; undefined when it shows a symbol.
const resolutionButtons = settings.resolutions.map(addResolutionButton);

const socket = window.io ? connect() : undefined;
const subscription =
  socket && new Subscription(socket, { problem: showSubscriptionProblem, snapshot: snapshotMessage });

if (!window.io) {
  statusBar.connectionChanged({ state: "disconnected", detail: "client file missing" });
  noticeMissingFile({ file: "/socket.io/socket.io.js", consequence: "This page cannot connect without it." });
}
if (!window.LightweightCharts) {
  noticeMissingFile({
    file: "/vendor/lightweight-charts.js", consequence: "The chart is a plain line without it.",
  });
}

selectResolution(selection.resolution);
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
  const load = async (path, describe) => {
    for (const item of await getData(path)) describe(item);
  };
  const loads = [
    load("/api/sectors", describeSector),
    load("/api/agents", (agent) => agents.describe(agent)),
    messageForm.load(),
  ];
  for (const { reason } of await Promise.allSettled(loads)) if (reason) console.warn(reason.message);
}

async function describeSector(sector) {
  sectors.describe(sector);
  // For the small line; those whose candles come live have one already.
  if (sectors.recent(sector.id).length > 0) return;
  const candles = await candlesOf(sector.id, sparkPoints).catch(() => []);
  const live = sectors.recent(sector.id).length > 0;
  if (!live) for (const candle of candles) sectors.candleUpdate({ sectorId: sector.id, ...candle });
}

function pastMessage(payload) {
  const message = messages.parseDiscussionMessage(payload);
  if (message) discussions.newMessage(message);
}

function candleUpdate(update) {
  sectors.candleUpdate(update);
  if (update.sectorId !== sectorHistory?.id) return;
  sectorHistory.add(update.bar);
  chart.changed();
}

async function selectSector(id) {
  const history = new SectorHistory(id, sectors.recent(id));
  sectorHistory = history;
  watchList.markSelected(undefined);
  chart.showSector(id, sectors.nameOf(id), history.series);
  try {
    await history.load();
  } catch (error) {
    console.warn(error.message);
  }
  if (history === sectorHistory) chart.changed();
}

function barUpdate({ symbol, resolution, bar }) {
  if (!symbols.includes(symbol) || !resolutionIds.includes(resolution)) return;
  if (!seriesOf(symbol, resolution).add(bar) || resolution !== selection.resolution) return;
  watchList.changed(symbol);
  if (symbol === selection.symbol && !sectorHistory) chart.changed();
}

/** An event from before this page came. Those of the firehose need no past. */
function snapshotMessage({ event, data }) {
  if (event !== "bar:update") return;
  const value = messages.parseBar(data);
  if (value !== undefined) barUpdate(value);
}

function selectSymbol(symbol) {
  selection.symbol = symbol;
  settings.remember("symbol", symbol);
  sectorHistory = undefined;
  watchList.markSelected(symbol);
  const resolution = settings.resolutions.find(({ id }) => id === selection.resolution);
  chart.showBars(symbol, resolution, seriesOf(symbol, resolution.id));
}

function selectResolution(id) {
  selection.resolution = id;
  settings.remember("resolution", id);
  for (const button of resolutionButtons) button.setAttribute("aria-pressed", button.dataset.resolution === id);
  for (const symbol of symbols) watchList.show(symbol, seriesOf(symbol, id));
  subscription?.replace(symbols.map((symbol) => `bars:${symbol}:${id}`));
  selectSymbol(selection.symbol);
}

function seriesOf(symbol, resolution) {
  const key = `${symbol}:${resolution}`;
  if (!allSeries.has(key)) allSeries.set(key, new BarSeries());
  return allSeries.get(key);
}

function addResolutionButton({ id, label, name }) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.resolution = id;
  button.textContent = label;
  button.title = `Bars of ${name}`;
  button.addEventListener("click", () => selectResolution(id));
  byId("resolutions").append(button);
  return button;
}

function showSubscriptionProblem(problem) {
  setText(byId("watch-note"), problem ?? "");
  byId("watch-note").hidden = problem === undefined;
}

/** What changes with the clock alone, and what is not worth a drawing per frame. */
function tick() {
  statusBar.tick();
  agents.tick();
  document.title = chart.headline ? `${chart.headline} · ${title}` : title;
}
