// Agents, their last status and for how long they have had it: `agent:status_update`.

import { setText } from "./dom.js";
import { age, clock, count } from "./format.js";
import { onNextFrame } from "./frame.js";
import { RowTable } from "./row-table.js";

const capacity = 500; // Agents.

export class AgentPanel {
  #table;
  #countElement;
  #drawCount = () => setText(this.#countElement, count(this.#table.size));

  constructor(rows, countElement) {
    this.#countElement = countElement;
    this.#table = new RowTable({
      container: rows, template: "agent-row", attribute: "agent", capacity, paint: paintAgent,
    });
  }

  /** The event carries no time: a status holds since it arrived, and the same status again changes nothing. */
  statusUpdate({ agentId, sectorId, status }) {
    const agent = this.#table.change(agentId, () => ({ id: agentId, since: Date.now() }));
    if (agent.status !== status) agent.since = Date.now();
    agent.status = status;
    agent.sectorId = sectorId ?? agent.sectorId;
    agent.heardAt = performance.now();
    onNextFrame(this.#drawCount);
  }

  /** What the server knew of an agent when it was asked. What the agent has said since is newer. */
  describe({ id, name, sectorId, sectorName, status, lastSeenAt }, askedAt) {
    // Undefined for one that has never said anything.
    const since = Date.parse(lastSeenAt) || undefined;
    const agent = this.#table.change(id, () => ({ id, since }));
    agent.name = name;
    agent.sectorName = sectorName ?? undefined;
    if (!(agent.heardAt >= askedAt)) {
      if (agent.status !== status) agent.since = since;
      agent.status = status;
      agent.sectorId = sectorId ?? undefined;
    }
    onNextFrame(this.#drawCount);
  }

  tick() {
    this.#table.forEachRow(paintAge);
  }
}

function paintAgent(fields, agent) {
  setText(fields.name, agent.name ?? agent.id);
  setText(fields.sector, agent.sectorName ?? agent.sectorId ?? "");
  setText(fields.status, agent.status);
  fields.status.dataset.status = agent.status;
  fields.since.title = agent.since === undefined ? "It has never said how it stands." : `since ${clock(agent.since)}`;
  paintAge(fields, agent);
}

function paintAge(fields, agent) {
  if (agent) setText(fields.since, agent.since === undefined ? "–" : age(Date.now() - agent.since));
}
