using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Automation.Engine;

/// <summary>What Prometheus answered.</summary>
/// <param name="Missing">Why that is nothing to go by, in words.</param>
internal sealed record MetricAnswer(IReadOnlyList<MetricSample> Samples, string? Missing = null)
{
    /// <summary>When it was asked.</summary>
    public DateTimeOffset At { get; init; }
}

/// <summary>Asks Prometheus, each question once a turn. An answer that can't be right is none.</summary>
internal sealed class MetricReading(IMetrics metrics, ITenantScopes scopes, TimeProvider time)
{
    private static readonly TimeSpan OtherTime = TimeSpan.FromMinutes(2);

    /// <summary>For which services an expression yields a value. Where several compare one thing with different numbers, that is asked once.</summary>
    public async Task<TriggerReading> OfAsync(
        TriggerReader.Turn turn,
        string tenant,
        string query,
        CancellationToken cancellation
    )
    {
        var shared = turn.Thresholds.Find(tenant, query);
        var answer = await AnswerAsync(turn, tenant, shared?.Bare ?? query, cancellation);
        if (answer.Missing is { } missing)
        {
            return TriggerReading.Untold(missing) with { At = answer.At };
        }
        var held = shared is { } threshold
            ? [.. answer.Samples.Where(sample => threshold.Holds(sample.Value))]
            : answer.Samples;
        return held.Any(sample => !double.IsFinite(sample.Value))
            ? TriggerReading.Untold("Prometheus answered with what is no number.") with
            {
                At = answer.At,
            }
            : Grouped(held) with
            {
                At = answer.At,
            };
    }

    /// <summary>Of which services there is data; of what is no number there is none.</summary>
    public async Task<TriggerReading> PresentAsync(
        TriggerReader.Turn turn,
        string tenant,
        string query,
        CancellationToken cancellation
    )
    {
        var answer = await AnswerAsync(turn, tenant, query, cancellation);
        return (answer.Missing is { } missing ? TriggerReading.Untold(missing) : Grouped(answer.Samples)) with
        {
            At = answer.At,
        };
    }

    /// <summary>How much there is of each service: what its containers have is added up, where the expression does not do so itself.</summary>
    public async Task<TriggerReading> LoadAsync(
        TriggerReader.Turn turn,
        string tenant,
        string query,
        CancellationToken cancellation
    )
    {
        var answer = await AnswerAsync(turn, tenant, query, cancellation);
        return (
            answer.Missing is { } missing ? TriggerReading.Untold(missing)
            : answer.Samples.Count > SeriesBound.Most
                ? TriggerReading.Untold($"Its query {SeriesBound.Words(answer.Samples.Count)}")
            : new TriggerReading([
                .. answer
                    .Samples.Where(sample => double.IsFinite(sample.Value))
                    .GroupBy(sample => sample.Labels.GetValueOrDefault("service", ""))
                    .Select(group => new Firing(group.Key, group.Sum(sample => sample.Value))),
            ])
        ) with
        {
            At = answer.At,
        };
    }

    private Task<MetricAnswer> AnswerAsync(
        TriggerReader.Turn turn,
        string tenant,
        string query,
        CancellationToken cancellation
    ) =>
        turn
            .Answers.GetOrAdd(
                $"{tenant}|{query}",
                _ => new Lazy<Task<MetricAnswer>>(() => AskAsync(tenant, query, cancellation))
            )
            .Value;

    private async Task<MetricAnswer> AskAsync(string tenant, string query, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        IReadOnlyList<MetricSample> samples;
        try
        {
            samples = await metrics.QueryAsync(scopes.ForSystem(tenant), query, now, cancellation);
        }
        catch (UpstreamException exception)
        {
            return new MetricAnswer([], $"{exception.Upstream}: {exception.Message}") { At = now };
        }
        catch (QueryRefusedException exception)
        {
            return new MetricAnswer([], $"The expression can't be read any more. {exception.Message}") { At = now };
        }
        foreach (var sample in samples)
        {
            var at = DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Clamp(sample.Time * 1000, 0, 253402300799999));
            if ((at - now).Duration() > OtherTime)
            {
                return new MetricAnswer([], "Prometheus answered for another time than it was asked for.") { At = now };
            }
            if (sample.Labels.GetValueOrDefault(TenantScope.Label, tenant) != tenant)
            {
                return new MetricAnswer([], "Prometheus answered with series of another tenant.") { At = now };
            }
        }
        return new MetricAnswer(samples) { At = now };
    }

    private static TriggerReading Grouped(IReadOnlyList<MetricSample> samples) =>
        new([
            .. samples
                .Where(sample => double.IsFinite(sample.Value))
                .GroupBy(sample => sample.Labels.GetValueOrDefault("service", ""))
                .Select(group => new Firing(group.Key, group.MaxBy(sample => Math.Abs(sample.Value))!.Value)),
        ]);
}
