using Sevensa.Dashboard.Features.Automation.Engine;

namespace Sevensa.Dashboard.Features.Automation;

/// <summary>The load of now for whoever looks at it: many who look at once share one question.</summary>
internal sealed class ForecastGlance(TriggerReader triggers, TimeProvider time)
{
    private static readonly TimeSpan Lasts = TimeSpan.FromSeconds(5);

    private Shared? shared;

    public Task<TriggerReading> LoadAsync(string tenant, PolicyDefinition policy, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        if (shared is not { } last || now < last.At || now - last.At > Lasts)
        {
            shared = last = new Shared(now, new TriggerReader.Turn(TimeSpan.MaxValue));
        }
        // Who hangs up takes nobody else's answer away.
        return triggers.LoadAsync(last.Turn, tenant, policy, CancellationToken.None).WaitAsync(cancellation);
    }

    private sealed record Shared(DateTimeOffset At, TriggerReader.Turn Turn);
}
