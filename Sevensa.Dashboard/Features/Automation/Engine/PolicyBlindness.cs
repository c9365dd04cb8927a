namespace Sevensa.Dashboard.Features.Automation.Engine;

/// <summary>
/// That a policy can't tell whether its trigger holds: nothing is done on that, which is right for a while and has to be known when it lasts.
/// It is kept once for as long as it lasts.
/// </summary>
internal sealed class PolicyBlindness(PolicyDeeds deeds, TimeProvider time)
{
    /// <summary>What an upstream's restart takes is nobody's to be told.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    public async Task LookAsync(
        PolicyRow row,
        PolicyDefinition policy,
        PolicyMemory memory,
        TriggerReading reading,
        CancellationToken cancellation
    )
    {
        if (reading.Missing is not { } why)
        {
            memory.Blind = null;
            return;
        }
        var now = time.GetUtcNow();
        if (memory.Blind is not { } blind || blind.Since > now)
        {
            memory.Blind = new BlindMemory(now, why, false);
            return;
        }
        if (!blind.IsTold && now - blind.Since >= Patience)
        {
            memory.Blind = blind with { Why = why, IsTold = true };
            await deeds.MissedAsync(
                row,
                policy,
                "",
                $"For {PolicyDuration.Words(Patience)} it could not be told whether its trigger holds, and nothing is done as long as that lasts. {why}",
                cancellation
            );
        }
    }
}
