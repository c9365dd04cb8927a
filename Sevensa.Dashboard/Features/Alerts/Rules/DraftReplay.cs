using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Alerts.Rules;

/// <summary>Once that the draft would have fired.</summary>
/// <param name="PendingFrom">When its expression began to yield something.</param>
/// <param name="EndedAt">Null when it would fire still.</param>
/// <param name="Peak">The value farthest from zero meanwhile; null on the wire when it was infinite.</param>
public sealed record DraftEpisode(
    IReadOnlyDictionary<string, string> Labels,
    DateTimeOffset PendingFrom,
    DateTimeOffset FiredAt,
    DateTimeOffset? EndedAt,
    double Peak
);

/// <param name="Pending">How often the expression yielded something and not for long enough.</param>
/// <param name="FiringSeconds">In all, of all alerts together.</param>
/// <param name="Query">What Prometheus was asked.</param>
/// <param name="Cut">There were more than are listed.</param>
public sealed record DraftHistory(
    DateTimeOffset From,
    DateTimeOffset To,
    int StepSeconds,
    IReadOnlyList<DraftEpisode> Episodes,
    int Pending,
    double FiringSeconds,
    string Query,
    IReadOnlyList<string> Infos,
    bool Cut
);

/// <summary>
/// When a draft would have fired: its expression is evaluated over the past a day at a time, and what it yields goes
/// through pending and firing as it does in Prometheus.
/// </summary>
internal sealed class DraftReplay(IMetrics metrics, IOptions<AlertsOptions> options, TimeProvider time)
{
    private const int MostEpisodes = 500;
    private const int MostSeries = 300;

    // A draft asks for a month of minutes: two at once are enough for everybody.
    private static readonly SemaphoreSlim Turns = new(2);

    /// <param name="progress">0–1.</param>
    /// <exception cref="Platform.Http.UpstreamException">Prometheus did not answer or refused the expression.</exception>
    public async Task<DraftHistory> RunAsync(
        TenantScope scope,
        CheckedRule rule,
        Func<double, Task>? progress,
        CancellationToken cancellation
    )
    {
        await Turns.WaitAsync(cancellation);
        try
        {
            return await LookAsync(scope, rule, progress, cancellation);
        }
        finally
        {
            Turns.Release();
        }
    }

    private async Task<DraftHistory> LookAsync(
        TenantScope scope,
        CheckedRule rule,
        Func<double, Task>? progress,
        CancellationToken cancellation
    )
    {
        var step = TimeSpan.FromSeconds(options.Value.DraftStepSeconds);
        var to = Floor(time.GetUtcNow(), step);
        var from = Floor(to.AddDays(-options.Value.DraftDays), step);
        var machine = new AlertMachine(rule, step);
        var day = Floor(TimeSpan.FromDays(1), step);
        for (var start = from; start <= to; start += day)
        {
            cancellation.ThrowIfCancellationRequested();
            var end = start + day - step < to ? start + day - step : to;
            // The scoped text again: what is scoped twice is the same.
            var series = await metrics.RangeAsync(scope, rule.Query.Text, start, end, step, cancellation);
            if (series.Count > MostSeries)
            {
                throw new UnfitRuleException(
                    $"The expression yields {series.Count} series in one day; a rule here has at most {MostSeries}. Aggregate it, for example with sum by (service)."
                );
            }
            machine.Feed(series, start, end);
            if (progress is not null)
            {
                await progress((end - from) / (to - from));
            }
        }
        var episodes = machine.End();
        return new DraftHistory(
            from,
            to,
            options.Value.DraftStepSeconds,
            [.. episodes.OrderByDescending(episode => episode.FiredAt).Take(MostEpisodes)],
            machine.Pending,
            episodes.Sum(episode => ((episode.EndedAt ?? to) - episode.FiredAt).TotalSeconds),
            rule.Query.Text,
            rule.Query.Infos,
            episodes.Count > MostEpisodes
        );
    }

    private static DateTimeOffset Floor(DateTimeOffset moment, TimeSpan step) =>
        new(moment.UtcTicks - moment.UtcTicks % step.Ticks, TimeSpan.Zero);

    private static TimeSpan Floor(TimeSpan span, TimeSpan step) => new(span.Ticks - span.Ticks % step.Ticks);
}

/// <summary>Inactive → pending → firing → inactive, for each label set that an expression yields.</summary>
internal sealed class AlertMachine(CheckedRule rule, TimeSpan step)
{
    private readonly Dictionary<string, Active> active = new(StringComparer.Ordinal);
    private readonly List<DraftEpisode> ended = [];

    /// <summary>How often something was pending and did not come to fire.</summary>
    public int Pending { get; private set; }

    /// <summary>The next stretch of time, one evaluation at each step of it, both ends included.</summary>
    public void Feed(IReadOnlyList<MetricSeries> series, DateTimeOffset from, DateTimeOffset to)
    {
        var columns = series.Select(one => new Column(Labels(one.Labels), one)).ToList();
        for (var at = from; at <= to; at += step)
        {
            var seconds = at.ToUnixTimeMilliseconds() / 1000.0;
            foreach (var column in columns)
            {
                if (column.ValueAt(seconds) is { } value)
                {
                    See(column, at, value);
                }
            }
            foreach (var (key, one) in active.Where(pair => pair.Value.Seen < at).ToList())
            {
                Miss(key, one, at);
            }
        }
    }

    /// <summary>All that fired, those that would fire still among them.</summary>
    public IReadOnlyList<DraftEpisode> End() =>
        [.. ended, .. active.Values.Where(one => one.FiredAt is not null).Select(one => one.Episode(null))];

    private void See(Column column, DateTimeOffset at, double value)
    {
        if (!active.TryGetValue(column.Key, out var one))
        {
            active[column.Key] = one = new Active(column.Labels, at);
        }
        one.Seen = at;
        one.Last = at;
        one.Peak = double.IsNaN(one.Peak) || Math.Abs(value) > Math.Abs(one.Peak) ? value : one.Peak;
        if (one.FiredAt is null && at - one.Since >= rule.ForSpan)
        {
            one.FiredAt = at;
        }
    }

    private void Miss(string key, Active one, DateTimeOffset at)
    {
        if (one.FiredAt is not null && at - one.Last < rule.KeepSpan)
        {
            return;
        }
        active.Remove(key);
        if (one.FiredAt is null)
        {
            Pending++;
            return;
        }
        ended.Add(one.Episode(at));
    }

    /// <summary>As Prometheus labels the alert: the series' own without its name, and the rule's over them.</summary>
    private Dictionary<string, string> Labels(IReadOnlyDictionary<string, string> series)
    {
        var labels = series
            .Where(label => label.Key != "__name__")
            .ToDictionary(label => label.Key, label => label.Value, StringComparer.Ordinal);
        foreach (var (name, value) in rule.Labels)
        {
            labels[name] = value;
        }
        labels["alertname"] = rule.Name;
        return labels;
    }

    private sealed class Column(Dictionary<string, string> labels, MetricSeries series)
    {
        private int next;

        public Dictionary<string, string> Labels { get; } = labels;

        public string Key { get; } =
            string.Join(
                '\u0001',
                labels
                    .OrderBy(label => label.Key, StringComparer.Ordinal)
                    .Select(label => $"{label.Key}\u0002{label.Value}")
            );

        public double? ValueAt(double seconds)
        {
            while (next < series.Times.Length && series.Times[next] < seconds - 0.0005)
            {
                next++;
            }
            return
                next < series.Times.Length
                && series.Times[next] <= seconds + 0.0005
                && !double.IsNaN(series.Values[next])
                ? series.Values[next]
                : null;
        }
    }

    private sealed class Active(Dictionary<string, string> labels, DateTimeOffset since)
    {
        public DateTimeOffset Since { get; } = since;
        public DateTimeOffset Seen { get; set; }
        public DateTimeOffset Last { get; set; }
        public DateTimeOffset? FiredAt { get; set; }
        public double Peak { get; set; } = double.NaN;

        public DraftEpisode Episode(DateTimeOffset? until) => new(labels, Since, FiredAt!.Value, until, Peak);
    }
}
