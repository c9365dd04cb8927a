using System.Globalization;
using System.Text.Json;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Automation.Exchange;

/// <summary>One policy of a text, and the one that it stands in place of.</summary>
/// <param name="Before">As it was when the text was read; null for a new one.</param>
internal sealed record PolicyArrival(PolicyRead Read, PolicyRow? Before)
{
    /// <summary>What becomes of it when it is saved.</summary>
    public string Outcome =>
        Before is null ? "added"
        : PolicyFiling.IsSame(Before, Read) ? "unchanged"
        : "changed";
}

/// <summary>Reads the policies of a text, and finds the ones that they stand in place of.</summary>
internal sealed class PolicyArrivals(PolicyDesk desk, PolicyStore store, PolicyText text)
{
    /// <summary>In the order of the text.</summary>
    /// <exception cref="UnfitPolicyException">422, with all that is wrong.</exception>
    /// <exception cref="UnknownTenantException">404</exception>
    public async Task<IReadOnlyList<PolicyArrival>> ReadAsync(
        Caller caller,
        string? yaml,
        CancellationToken cancellation
    )
    {
        var read = new List<(string At, PolicyRead Read)>();
        var faults = new List<PolicyFault>();
        foreach (var (at, wish) in text.Read(yaml))
        {
            try
            {
                read.Add((at, await ReadOneAsync(caller, wish, cancellation)));
            }
            catch (UnfitPolicyException exception)
            {
                faults.AddRange(exception.All.Select(fault => fault with { At = PolicyText.Inside(at, fault.At) }));
            }
        }
        var found = new Dictionary<string, PolicyRow?>(StringComparer.Ordinal);
        foreach (var alike in read.GroupBy(one => (one.Read.Tenant, one.Read.Definition.Name)))
        {
            var there = await store.CalledAsync(alike.Key.Tenant, alike.Key.Name, cancellation);
            if (Objection([.. alike], there) is { } objection)
            {
                faults.Add(new PolicyFault(PolicyText.Inside(alike.Last().At, "name"), objection));
                continue;
            }
            foreach (var (at, before) in Matched([.. alike], there))
            {
                found[at] = before;
            }
        }
        return faults.Count == 0
            ? [.. read.Select(one => new PolicyArrival(one.Read, found[one.At]))]
            : throw new UnfitPolicyException(faults);
    }

    /// <summary>What one policy of a text says; keeps nothing.</summary>
    /// <exception cref="UnfitPolicyException">422, with all that is wrong.</exception>
    /// <exception cref="UnknownTenantException">404</exception>
    public async Task<PolicyRead> ReadOneAsync(Caller caller, PolicyWish wish, CancellationToken cancellation)
    {
        var definition = await desk.DefinitionAsync(caller, wish, cancellation);
        return new PolicyRead(wish.Tenant!, definition, PolicyDesk.Said(wish.Text), UnreadOf(wish), []);
    }

    /// <exception cref="UnfitPolicyException">422: it has none, or several.</exception>
    public PolicyWish Only(string? yaml) =>
        text.Read(yaml) is [("", var wish)]
            ? wish
            : throw new UnfitPolicyException("policies", "are several; one is read here, without a list around it.");

    /// <summary>What was not understood stays so until it is taken out of the text.</summary>
    public static IReadOnlyList<string> UnreadOf(PolicyWish wish) =>
        wish.Unread is { ValueKind: JsonValueKind.Array } unread
            ? [.. unread.EnumerateArray().Select(one => one.GetString() ?? "")]
            : [];

    /// <summary>Policies may be called alike: as many of a name in the text as there are stand in their place, or are all new.</summary>
    private static string? Objection(
        IReadOnlyList<(string At, PolicyRead Read)> alike,
        IReadOnlyList<PolicyRow> there
    ) =>
        alike.Count == there.Count || (there.Count == 0 && alike.Count == 1) ? null
        : there.Count == 0
            ? alike.DistinctBy(one => PolicyJson.Write(one.Read.Definition)).Count() == alike.Count ? null
                : "stands twice in this text, and both say the same."
        : alike.Count == 1
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"is that of {there.Count} policies of {alike[0].Read.Tenant}. Save it by its address, or rename them."
            )
        : string.Create(
            CultureInfo.InvariantCulture,
            $"stands {alike.Count} times in this text, and {alike[0].Read.Tenant} has {there.Count} of that name."
        );

    /// <summary>Each in place of the one that says the same, else of the next one.</summary>
    private static IEnumerable<(string At, PolicyRow? Before)> Matched(
        IReadOnlyList<(string At, PolicyRead Read)> alike,
        IReadOnlyList<PolicyRow> there
    )
    {
        var (left, open) = (there.ToList(), new List<string>());
        foreach (var (at, read) in alike)
        {
            if (left.Find(row => PolicyFiling.IsSame(row, read)) is { } same)
            {
                left.Remove(same);
                yield return (at, same);
            }
            else
            {
                open.Add(at);
            }
        }
        foreach (
            var (at, row) in open.Zip(
                left.Select(PolicyRow? (row) => row).Concat(Enumerable.Repeat<PolicyRow?>(null, open.Count))
            )
        )
        {
            yield return (at, row);
        }
    }
}
