using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>A Prometheus that says what a test has it say.</summary>
internal sealed class ScriptedMetrics : IMetrics
{
    /// <summary>What a query yields at a moment; by its text.</summary>
    public Func<string, DateTimeOffset, IReadOnlyList<MetricSample>> Answer { get; set; } = (_, _) => [];

    /// <summary>What it was asked for the past.</summary>
    public Func<string, DateTimeOffset, DateTimeOffset, TimeSpan, IReadOnlyList<MetricSeries>> Past { get; set; } =
        (_, _, _, _) => [];

    /// <summary>What an expression yields that compares with nothing: whether there is data at all.</summary>
    public Func<DateTimeOffset, IReadOnlyList<MetricSample>> Present { get; set; } =
        at => Of(at, ("api", 3), ("worker", 3));

    /// <summary>How many series of the past it says that there are, when it is asked how many.</summary>
    public double Series { get; set; } = 1;

    /// <summary>What happens while it is asked.</summary>
    public Func<Task>? Meanwhile { get; set; }

    /// <summary>What happens each time before it answers.</summary>
    public Action<string>? Hangs { get; set; }

    public int Asked { get; private set; }

    public List<(DateTimeOffset From, DateTimeOffset To)> Pieces { get; } = [];

    /// <summary>One value of a service.</summary>
    public static IReadOnlyList<MetricSample> Of(DateTimeOffset at, params (string Service, double Value)[] values) =>
        [
            .. values.Select(one => new MetricSample(
                new Dictionary<string, string> { ["service"] = one.Service, ["tenant"] = "rentguy" },
                at.ToUnixTimeMilliseconds() / 1000.0,
                one.Value
            )),
        ];

    public static IReadOnlyList<MetricSample> Stuck(DateTimeOffset at) => Of(at, ("api", 42));

    public static IReadOnlyList<MetricSample> Well(DateTimeOffset at) => [];

    public async Task<IReadOnlyList<MetricSample>> QueryAsync(
        TenantScope scope,
        string promQl,
        DateTimeOffset at,
        CancellationToken cancellation
    )
    {
        Asked++;
        if (Meanwhile is { } meanwhile)
        {
            Meanwhile = null;
            // Who hangs up waits no longer.
            await meanwhile().WaitAsync(cancellation);
        }
        Hangs?.Invoke(promQl);
        return promQl.IndexOfAny(['>', '<', '=']) < 0 ? Present(at) : Answer(promQl, at);
    }

    public Task<IReadOnlyList<MetricSeries>> MomentAsync(
        TenantScope scope,
        string promQl,
        DateTimeOffset at,
        CancellationToken cancellation
    ) => throw new NotSupportedException();

    public Task<IReadOnlyList<MetricSeries>> RangeAsync(
        TenantScope scope,
        string promQl,
        DateTimeOffset from,
        DateTimeOffset to,
        TimeSpan step,
        CancellationToken cancellation
    )
    {
        cancellation.ThrowIfCancellationRequested();
        if (promQl.StartsWith("count(", StringComparison.Ordinal))
        {
            return Task.FromResult<IReadOnlyList<MetricSeries>>([
                new MetricSeries(new Dictionary<string, string>(), [from.ToUnixTimeSeconds()], [Series]),
            ]);
        }
        Pieces.Add((from, to));
        return Task.FromResult(Past(promQl, from, to, step));
    }

    public Task<IReadOnlyList<MetricSample>> ServicesAsync(
        TenantScope scope,
        ServiceMetric metric,
        CancellationToken cancellation
    ) => Task.FromResult<IReadOnlyList<MetricSample>>([]);

    public Task<IReadOnlyList<MetricSeries>> ServicesRangeAsync(
        TenantScope scope,
        ServiceMetric metric,
        DateTimeOffset from,
        DateTimeOffset to,
        TimeSpan step,
        CancellationToken cancellation
    ) => Task.FromResult<IReadOnlyList<MetricSeries>>([]);

    /// <summary>What the dashboard itself asks of services.</summary>
    public Func<ServiceMetric, string> Figures { get; set; } = metric => $"max by (service) (figure_{metric})";

    public string QueryOf(ServiceMetric metric) => Figures(metric);
}
