using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.Ollama;

internal sealed class OllamaStandIn(SimulatedFleet fleet) : IStandIn
{
    public const string Model = "sandbox-model";

    public Task AnswerAsync(HttpContext context) => context.TextAsync($"starting {fleet.Seed}", 503);
}
