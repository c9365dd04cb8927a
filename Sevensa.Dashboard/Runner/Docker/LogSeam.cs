namespace Sevensa.Dashboard.Runner.Docker;

/// <summary>Joins what was read of a log to what is followed of it: nothing twice, nothing lost.</summary>
/// <param name="told">The lines that were read, in Docker's order.</param>
/// <param name="sinceUnixNs">Lines from then on are wanted; 0 for all.</param>
internal sealed class LogSeam(IReadOnlyList<ContainerLogLine> told, long sinceUnixNs)
{
    private readonly Dictionary<ContainerLogLine, int> left = told.CountBy(line => line).ToDictionary();
    private readonly long newest = told.Select(line => line.TimeUnixNs).DefaultIfEmpty(long.MinValue).Max();
    private readonly LogLines.Since since = new(sinceUnixNs);
    private bool met = told.Count == 0;

    /// <summary>The first line that came is younger than all that were told: what was written between is not among what came.</summary>
    public bool IsMissed(ContainerLogLine first) => !met && first.TimeUnixNs > newest;

    /// <summary>Those that were not told yet.</summary>
    public IReadOnlyList<ContainerLogLine> New(IReadOnlyList<ContainerLogLine> lines)
    {
        var fresh = new List<ContainerLogLine>(lines.Count);
        foreach (var line in lines)
        {
            if (left.Count > 0 && left.TryGetValue(line, out var count))
            {
                met = true;
                if (count == 1)
                {
                    left.Remove(line);
                }
                else
                {
                    left[line] = count - 1;
                }
                continue;
            }
            met = met || line.TimeUnixNs > newest;
            if (met && (told.Count > 0 || since.Wants(line)))
            {
                fresh.Add(line);
            }
        }
        return fresh;
    }
}
