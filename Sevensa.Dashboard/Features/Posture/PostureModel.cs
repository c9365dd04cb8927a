using Sevensa.Dashboard.Features.Posture.Checks;
using Sevensa.Dashboard.Features.Posture.Exceptions;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Posture;

/// <summary>What one item says of one container, or of the engine of a host.</summary>
/// <param name="Container">Its name; null for an item about the engine.</param>
/// <param name="Service">Null for an item about the engine.</param>
/// <param name="Check">Number in the benchmark.</param>
/// <param name="Reason">In words: what was found.</param>
/// <param name="Patch">What to put beside the Compose file; null where none is needed, or none can tell it.</param>
/// <param name="Exception">Who answers for it until when; null when nobody does.</param>
public sealed record PostureItem(
    string? Container,
    string? ContainerId,
    string? Tenant,
    string? Service,
    string Host,
    string HostId,
    string Check,
    string Title,
    CheckWeight Weight,
    CheckState State,
    string Reason,
    string? Patch,
    PostureExceptionView? Exception
)
{
    internal int Order => Benchmark.Find(Check)!.Order;

    /// <summary>Unique in a list, for addresses and keys.</summary>
    internal string Key => $"{ContainerId?[..Math.Min(12, ContainerId.Length)] ?? HostId}-{Check}";
}

/// <summary>The score of a service, or of the engine of a host.</summary>
/// <param name="Name">Of the service; <c>Docker engine</c> for the engine.</param>
/// <param name="Score">0 to 100; null when nothing is known of it.</param>
/// <param name="Containers">How many of its containers were looked at.</param>
/// <param name="Failing">Items that fail, each counted once.</param>
/// <param name="Excepted">Items that somebody answers for.</param>
/// <param name="NotTold">Items that its runner tells nothing of.</param>
/// <param name="Reasons">Why it is not 100: the heaviest items that fail, with what was found.</param>
public sealed record PostureScore(
    string Name,
    string? Tenant,
    string Host,
    int? Score,
    int Containers,
    int Failing,
    int Critical,
    int Excepted,
    int NotTold,
    IReadOnlyList<string> Reasons
);

/// <param name="Score">The mean of its parts, rounded down, 49 at most while a critical item fails; null when nothing is known.</param>
/// <param name="Parts">The lowest first.</param>
/// <param name="Items">All of them, of every running container.</param>
public sealed record PostureSheet(int? Score, IReadOnlyList<PostureScore> Parts, IReadOnlyList<PostureItem> Items)
{
    /// <summary>The service that is meant, by its name, as <see cref="ServiceNames"/> reads it, or by a container's; null when none is.</summary>
    public string? ServiceOf(string tenant, string said) =>
        ServiceNames.Find(tenant, said, Parts.Select(part => part.Name))
        ?? Items.FirstOrDefault(item => item.Container == said.Trim())?.Service;
}

/// <summary>How a score comes about.</summary>
internal static class Scoring
{
    /// <summary>Who has a critical item open is below half, however good the rest is.</summary>
    public const int MostWithCritical = 49;

    private const int MostReasons = 5;

    /// <summary>
    /// Weight that passes, of the weight that was asked for: items that are excepted, do not apply or are not told count on
    /// neither side. With a critical item failing it is 49 at most. Rounded down.
    /// </summary>
    public static int? Of(IEnumerable<PostureItem> items)
    {
        var (held, asked, critical) = (0, 0, false);
        foreach (var item in items)
        {
            if (item.State is CheckState.Pass or CheckState.Fail)
            {
                asked += (int)item.Weight;
                held += item.State == CheckState.Pass ? (int)item.Weight : 0;
                critical |= item is { State: CheckState.Fail, Weight: CheckWeight.Critical };
            }
        }
        return asked == 0 ? null : Math.Min(100 * held / asked, critical ? MostWithCritical : 100);
    }

    public static int? Mean(IEnumerable<int?> scores)
    {
        var known = scores.OfType<int>().ToList();
        return known.Count == 0 ? null : known.Sum() / known.Count;
    }

    /// <summary>A part is as good as the worst of its containers.</summary>
    public static PostureScore Part(string name, string? tenant, string host, IReadOnlyList<PostureItem> items)
    {
        var each = items.GroupBy(item => item.ContainerId).ToList();
        var failing = items
            .Where(item => item.State == CheckState.Fail)
            .OrderByDescending(item => item.Weight)
            .ThenBy(item => item.Order)
            .DistinctBy(item => item.Check)
            .ToList();
        return new PostureScore(
            name,
            tenant,
            host,
            each.Select(Of).Where(score => score is not null).DefaultIfEmpty().Min(),
            each.Count(one => one.Key is not null),
            failing.Count,
            failing.Count(item => item.Weight == CheckWeight.Critical),
            items.Where(item => item.State == CheckState.Excepted).DistinctBy(item => item.Check).Count(),
            items.Where(item => item.State == CheckState.NotTold).DistinctBy(item => item.Check).Count(),
            [.. failing.Take(MostReasons).Select(item => $"{item.Check} {item.Reason}")]
        );
    }

    /// <summary>The lowest first, those of which nothing is known last.</summary>
    public static PostureSheet Sheet(IEnumerable<PostureScore> parts, IReadOnlyList<PostureItem> items)
    {
        PostureScore[] all =
        [
            .. parts.OrderBy(part => part.Score ?? int.MaxValue).ThenBy(part => part.Name, StringComparer.Ordinal),
        ];
        var mean = Mean(all.Select(part => part.Score));
        return new PostureSheet(
            mean > MostWithCritical && all.Any(part => part.Critical > 0) ? MostWithCritical : mean,
            all,
            items
        );
    }
}
