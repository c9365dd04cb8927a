using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.Loki;

internal sealed class LokiStandIn(SimulatedFleet fleet) : IStandIn
{
    public Task AnswerAsync(HttpContext context) => context.TextAsync($"starting {fleet.Seed}", 503);
}
