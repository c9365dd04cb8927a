// What should be done about a service? Looks by the dashboard's tools, decides, and asks for one action by an interrupt.
// The dashboard makes a proposal of it; people approve it or not, and its runner does it. This graph changes nothing.
import { Annotation, END, interrupt, START, StateGraph } from "@langchain/langgraph";
import { tool } from "./dashboard.mjs";

const State = Annotation.Root({
  messages: Annotation({ reducer: (before, more) => before.concat(more), default: () => [] }),
  containers: Annotation(),
  alerts: Annotation(),
  decision: Annotation(),
});

const say = (content) => ({ messages: [{ role: "assistant", content }] });

/** Reads and nothing else: a node may be run again, and what stands before an interrupt is. */
async function look(state, config) {
  const tenant = config.configurable.tenant;
  const [containers, alerts] = await Promise.all([
    tool("list_containers", { tenant }),
    tool("list_alerts", { tenant }),
  ]);
  return { containers: containers.items ?? containers, alerts: alerts.alerts ?? [] };
}

/** By rules, so that the example needs no model: the sickest of what the text names, or of all. */
function decide(state) {
  const text = state.messages.map((message) => message.content).join(" ").toLowerCase();
  const named = state.containers.filter(
    (one) => text.includes(one.name.toLowerCase()) || text.split(/[^a-z0-9-]+/).includes(one.service.toLowerCase()),
  );
  const firing = (one) => state.alerts.filter((alert) => alert.service === one.service).length;
  const sick = (one) =>
    (one.health === "unhealthy" ? 4 : 0) + (one.oomKilled ? 2 : 0) + Math.min(firing(one), 3) + (one.restartCount > 3 ? 1 : 0);
  const [worst] = (named.length > 0 ? named : state.containers.filter((one) => sick(one) > 0)).sort((a, b) => sick(b) - sick(a));
  if (!worst) {
    return { decision: null };
  }
  const why = [
    worst.health === "unhealthy" && "it is unhealthy",
    worst.oomKilled && "it ran out of memory",
    firing(worst) > 0 && `${firing(worst)} alerts of ${worst.service} fire`,
    `it was restarted ${worst.restartCount} times`,
  ].filter(Boolean);
  return { decision: { target: worst.name, reason: `${worst.name}: ${why.join(", ")}.` } };
}

/** The tenant is the thread's: another one named here would only make it a question. */
function propose(state) {
  const outcome = interrupt({
    kind: "container.restart",
    target: state.decision.target,
    parameters: {},
    reason: state.decision.reason,
  });
  // A proposal's outcome, or what a person answered where it could not become one.
  return say(
    typeof outcome === "string"
      ? `Told: ${outcome}`
      : `The restart of ${state.decision.target} was ${outcome.done ? "done" : outcome.state}${outcome.comment ? `: ${outcome.comment}` : ""}.`,
  );
}

function ask() {
  const answer = interrupt({ question: "Nothing is named and nothing is sick. Which container is meant?" });
  return { messages: [{ role: "user", content: answer }] };
}

export const graph = new StateGraph(State)
  .addNode("look", look)
  .addNode("decide", decide)
  .addNode("propose", propose)
  .addNode("ask", ask)
  .addEdge(START, "look")
  .addEdge("look", "decide")
  .addConditionalEdges("decide", (state) => (state.decision ? "propose" : "ask"), ["propose", "ask"])
  .addEdge("ask", "decide")
  .addEdge("propose", END)
  .compile();
