using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Automation.Forecasts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Platform.Storage.Duties;

namespace Sevensa.Dashboard.Features.Automation.Engine;

/// <summary>
/// Looks at all policies in shadow or enforced, again and again; of several dashboards on one store one looks. A trigger counts from
/// when it was first seen to hold on end: a look that was missed, data that is missing and a clock that was moved begin anew.
/// </summary>
internal sealed class PolicyEngine(
    PolicyStore store,
    TriggerReader triggers,
    PolicyDeeds deeds,
    PolicyOutcomes outcomes,
    ShadowComparison comparison,
    ForecastKeeping forecasts,
    PolicyBlindness blindness,
    SteadyTime steady,
    IEmergencyStop stop,
    PolicyNews news,
    IDuties duties,
    StartWork start,
    IOptions<AutomationOptions> options,
    TimeProvider time,
    ILogger<PolicyEngine> log
) : BackgroundService
{
    private const int AtOnce = 8;

    /// <summary>Seconds.</summary>
    private const int LeastFresh = 30;

    private static readonly TimeSpan Leaving = TimeSpan.FromSeconds(2);

    private readonly PolicyLease lease = new(store, TimeSpan.FromSeconds(options.Value.EverySeconds), time);

    private TimeSpan Every => TimeSpan.FromSeconds(options.Value.EverySeconds);

    /// <summary>So long what was read is acted on: an upstream may take seconds to answer, however often it is looked.</summary>
    private TimeSpan Fresh => TimeSpan.FromSeconds(Math.Max(options.Value.EverySeconds * 3, LeastFresh));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (await start.IsDoneAsync(stoppingToken))
        {
            try
            {
                await LastingWork.RunAsync(
                    "The look at policies",
                    duties.Once("policies", LookAsync),
                    rest => Task.Delay(Every, time, rest),
                    log,
                    time,
                    stoppingToken
                );
            }
            finally
            {
                await LeaveAsync();
            }
        }
    }

    /// <summary>Gives the lead back, so that whoever comes next need not wait until it runs out.</summary>
    internal async Task LeaveAsync()
    {
        try
        {
            using var patience = new CancellationTokenSource(Leaving);
            await lease.LeaveAsync(patience.Token);
        }
        catch (Exception exception)
            when (exception is OperationCanceledException || StoreFault.In(exception) is not null)
        {
            log.LogInformation(exception, "The lead over policies could not be given back; it runs out by itself");
        }
    }

    /// <summary>One look at everything.</summary>
    internal async Task LookAsync(CancellationToken cancellation)
    {
        if (!await lease.TakeAsync(cancellation))
        {
            return;
        }
        await using var keeping = lease.Keep(cancellation);
        try
        {
            await LookAsync(keeping, keeping.Token);
        }
        catch (OperationCanceledException) when (keeping.GaveUp && !cancellation.IsCancellationRequested)
        {
            log.LogWarning("A look at policies did not go on; it was given up, and the lead with it");
            await LeaveAsync();
        }
    }

    private async Task LookAsync(PolicyLease.Keeping keeping, CancellationToken cancellation)
    {
        var moved = steady.Moved();
        var policies = await store.WatchedAsync(cancellation);
        if (policies.Count == 0)
        {
            return;
        }
        var look = new PolicyLook(lease, triggers.Begin(policies, Fresh), await BrakeAsync(cancellation), moved);
        var readings = new ConcurrentDictionary<string, TriggerReading>(StringComparer.Ordinal);
        await Parallel.ForEachAsync(
            policies.Where(row => row.Definition.Trigger.Kind != TriggerKind.Schedule),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation },
            async (row, rest) =>
            {
                readings[row.Id] = await ReadAsync(look, row, rest);
                keeping.GoOn();
            }
        );
        foreach (var row in policies)
        {
            if (lease.IsLost)
            {
                log.LogWarning("A look at policies took so long that another dashboard took over; it was given up");
                return;
            }
            try
            {
                await OneAsync(row, readings.GetValueOrDefault(row.Id), look, cancellation);
            }
            catch (Exception exception)
                when (exception is not OperationCanceledException && StoreFault.In(exception) is null)
            {
                // One that fails keeps no other from being looked at.
                log.LogError(exception, "The policy {Policy} could not be looked at", row.Id);
            }
            keeping.GoOn();
        }
        await comparison.CompareAsync(policies, keeping.GoOn, cancellation);
        news.Raise();
    }

    /// <summary>What can't be read of one is missing there, and keeps no other from being looked at.</summary>
    private async Task<TriggerReading> ReadAsync(PolicyLook look, PolicyRow row, CancellationToken cancellation)
    {
        try
        {
            return await triggers.ReadAsync(look.Turn, row.Tenant, row.Definition, cancellation);
        }
        catch (Exception exception)
            when (exception is not OperationCanceledException && StoreFault.In(exception) is null)
        {
            log.LogError(exception, "What the policy {Policy} looks at could not be read", row.Id);
            return TriggerReading.Untold("It could not be read, for a reason that the program's log names.");
        }
    }

    private async Task<string?> BrakeAsync(CancellationToken cancellation)
    {
        if (stop.Current is { } stopped)
        {
            return $"Dispatching was stopped by {stopped.ByName}.";
        }
        return await store.TurnAsync(cancellation) is { Held: true } held
            ? $"All policies were held by {held.HeldBy}."
            : null;
    }

    private async Task OneAsync(PolicyRow row, TriggerReading? found, PolicyLook look, CancellationToken cancellation)
    {
        var (policy, memory, now) = (row.Definition, row.Memory, time.GetUtcNow());
        var reading = found is null
            ? Clock(row, policy, memory, now, look.Moved is not null)
            : triggers.Fresh(look.Turn, found);
        if (await outcomes.SettleAsync(row, policy, memory, reading, look, cancellation))
        {
            if (policy.Trigger.Scale is not null)
            {
                await forecasts.KeepAsync(row, policy, memory, reading, cancellation);
            }
            else
            {
                await blindness.LookAsync(row, policy, memory, reading, cancellation);
            }
            var untold = look.Moved is { } by
                ? $"The clock was moved by {PolicyDuration.Words(by.Duration())}: what was counted by it begins anew."
                : reading.Missing;
            if (
                untold is null
                    ? await GoOnAsync(row, policy, memory, reading, look, cancellation)
                    : await BeginAnewAsync(row, policy, memory, untold, cancellation)
            )
            {
                if (PolicyJson.Write(memory) is var json && json != row.MemoryJson)
                {
                    await store.RememberAsync(row, memory, cancellation);
                }
            }
        }
    }

    private async Task<bool> BeginAnewAsync(
        PolicyRow row,
        PolicyDefinition policy,
        PolicyMemory memory,
        string why,
        CancellationToken cancellation
    )
    {
        foreach (var (service, subject) in memory.Subjects)
        {
            if (subject.Since is not null)
            {
                await deeds.MissedAsync(row, policy, service, why, cancellation);
            }
            (subject.Since, subject.SeenAt, subject.Told) = (null, null, null);
        }
        // Of a time in which nothing was told it is not known that it was over.
        foreach (var service in memory.Disarmed.Keys.ToList())
        {
            memory.Disarmed[service] = null;
        }
        return true;
    }

    private async Task<bool> GoOnAsync(
        PolicyRow row,
        PolicyDefinition policy,
        PolicyMemory memory,
        TriggerReading reading,
        PolicyLook look,
        CancellationToken cancellation
    )
    {
        var now = time.GetUtcNow();
        AheadOfClock.Forget(memory, now);
        foreach (var service in memory.Subjects.Keys.ToList())
        {
            if (reading.Firing.All(one => one.Service != service))
            {
                memory.Subjects.Remove(service);
            }
        }
        Rearm(policy, memory, reading, now);
        foreach (
            var (place, _) in memory.Failed.Where(one => (now - one.Value).Duration() > PolicyObjections.Retry).ToList()
        )
        {
            memory.Failed.Remove(place);
        }
        foreach (var (place, at) in memory.Acted.ToList())
        {
            if (now - at > policy.Cooldown)
            {
                memory.Acted.Remove(place);
            }
            // What lies ahead, because a clock was put back, stays, for as long as the cool-down is and not until that clock is caught up with.
            else if (at - now > policy.Cooldown)
            {
                memory.Acted[place] = now;
            }
        }
        foreach (var firing in reading.Firing.OrderBy(one => one.Service, StringComparer.Ordinal))
        {
            if (!memory.Subjects.TryGetValue(firing.Service, out var subject))
            {
                memory.Subjects[firing.Service] = subject = new SubjectMemory();
            }
            var gap = subject.SeenAt is { } seen ? now - seen : TimeSpan.Zero;
            if (subject.Since is null || gap < TimeSpan.Zero || gap > Every * 3 || subject.Way != firing.Way)
            {
                subject.Since = now;
            }
            (subject.SeenAt, subject.Way) = (now, firing.Way);
            if (
                now - subject.Since >= policy.For
                && !await deeds.DoAsync(row, policy, memory, firing, look, cancellation)
            )
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>Where its trigger was over for long enough on end it may act again.</summary>
    private static void Rearm(PolicyDefinition policy, PolicyMemory memory, TriggerReading reading, DateTimeOffset now)
    {
        foreach (var (service, over) in memory.Disarmed.ToList())
        {
            if (reading.Firing.Any(one => one.Service == service))
            {
                memory.Disarmed[service] = null;
            }
            else if (over is { } since && since <= now && now - since >= policy.Rearm)
            {
                memory.Disarmed.Remove(service);
            }
            else if (over is null || over > now)
            {
                memory.Disarmed[service] = now;
            }
        }
    }

    /// <summary>A schedule holds at its times, for each service that the policy names, and for none in particular when it names none.</summary>
    private TriggerReading Clock(
        PolicyRow row,
        PolicyDefinition policy,
        PolicyMemory memory,
        DateTimeOffset now,
        bool moved
    )
    {
        var after = memory.TakenUntil ?? row.StageAt;
        memory.TakenUntil = now;
        // Another dashboard takes over after three looks. What was missed for longer, while nobody looked, or lies in a time that the clock left out, is not made up for.
        if (moved || TriggerReader.Due(policy.Trigger, after, now) is not { } at || now - at > Every * 6)
        {
            return new TriggerReading([]);
        }
        return new TriggerReading(
            policy.Services.Count == 0
                ? [new Firing("", null)]
                : [.. policy.Services.Select(service => new Firing(service, null))]
        );
    }
}
