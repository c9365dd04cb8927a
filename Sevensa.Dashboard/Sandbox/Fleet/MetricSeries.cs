namespace Sevensa.Dashboard.Sandbox.Fleet;

/// <summary>One series.</summary>
/// <remarks>Value: The sample at a time in Unix seconds; NaN when there is none.</remarks>
internal sealed record MetricSeries(LabelSet Labels, Func<double, double> Value);

internal sealed record MetricInfo(string Name, string Type, string Help);
