using System.Globalization;

namespace Sevensa.Dashboard.Features.Automation.Backtests;

/// <summary>Whether a trigger held for one service, step by step, with its values; room is taken for the days on which it held.</summary>
internal sealed class ServiceCourse(int steps)
{
    private const int Page = 1440;

    private readonly float[]?[] pages = new float[]?[(steps + Page - 1) / Page];

    /// <summary>Its value there; null while it did not hold.</summary>
    public double? At(int step) =>
        pages[step / Page] is { } page && page[step % Page] is var value && !float.IsNaN(value) ? value : null;

    public void Hold(int step, double value)
    {
        if (pages[step / Page] is not { } page)
        {
            pages[step / Page] = page = new float[Page];
            Array.Fill(page, float.NaN);
        }
        page[step % Page] = (float)Math.Clamp(value, float.MinValue, float.MaxValue);
    }

    /// <summary>The first step from one on at which it did not hold; null when it held to the end.</summary>
    public int? End(int from)
    {
        for (var step = from; step < steps; step++)
        {
            if (At(step) is null)
            {
                return step;
            }
        }
        return null;
    }
}

/// <summary>The courses of all services that a trigger held for, as many as can be held in memory at once.</summary>
internal sealed class PolicyCourses(PolicyDefinition policy, DateTimeOffset from, int steps, TimeSpan step)
{
    /// <summary>Services of one backtest: what holds for more at once is acted on for none.</summary>
    public const int MostServices = 50;

    private readonly double start = from.ToUnixTimeMilliseconds() / 1000.0;
    private readonly HashSet<string> left = new(StringComparer.Ordinal);

    public Dictionary<string, ServiceCourse> Held { get; } = new(StringComparer.Ordinal);

    public IReadOnlyList<string> Notes =>
        left.Count == 0
            ? []
            :
            [
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The first {MostServices} services for which it held are tried; {(left.Count < MostLeft ? "" : "at least ")}{left.Count} services are left out. Name the services that it is for."
                ),
            ];

    private const int MostLeft = 1000;

    public void Add(string service, double[] times, double[] values, Func<double, bool> holds)
    {
        if (service.Length == 0 && policy.Services is [var only])
        {
            service = only;
        }
        if (policy.Services.Count > 0 && !policy.Services.Contains(service, StringComparer.Ordinal))
        {
            return;
        }
        var course = Held.GetValueOrDefault(service);
        for (var i = 0; i < times.Length; i++)
        {
            var at = (int)Math.Round((times[i] - start) / step.TotalSeconds);
            if (at < 0 || at >= steps || !double.IsFinite(values[i]) || !holds(values[i]))
            {
                continue;
            }
            if (course is null)
            {
                if (Held.Count >= MostServices)
                {
                    if (left.Count < MostLeft)
                    {
                        left.Add(service);
                    }
                    return;
                }
                Held[service] = course = new ServiceCourse(steps);
            }
            course.Hold(at, values[i]);
        }
    }
}
