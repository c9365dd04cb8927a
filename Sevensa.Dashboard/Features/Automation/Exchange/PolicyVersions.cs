using System.Globalization;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Automation.Exchange;

/// <summary>A version of a policy.</summary>
/// <param name="By">Who wrote it.</param>
/// <param name="Sentence">What it says, in plain English.</param>
/// <param name="IsCurrent">It is what the policy says now.</param>
internal sealed record PolicyVersionView(int Version, DateTimeOffset At, string By, string Sentence, bool IsCurrent);

/// <summary>Two versions of a policy held against each other.</summary>
internal sealed record PolicyVersionDiff(int From, int To, IReadOnlyList<PolicyDifference> Differences);

/// <summary>What a policy said before, and what is another since.</summary>
internal sealed class PolicyVersions(PolicyAccess access, VersionStore store, PolicyShown shown)
{
    /// <summary>Newest first; of a policy that was not changed since versions are kept there may be none.</summary>
    /// <exception cref="UnknownPolicyException">404</exception>
    public async Task<Page<PolicyVersionView>> PageAsync(
        Caller caller,
        string id,
        PageAsked asked,
        CancellationToken cancellation
    )
    {
        VersionStore.Check(asked);
        var row = await access.RowAsync(caller, id, cancellation);
        return (await store.PageAsync(id, asked, cancellation)).Select(one => new PolicyVersionView(
            one.Version,
            one.At,
            one.By,
            shown.Said(row.Tenant, one.Definition).Sentence,
            one.Version == row.Version
        ));
    }

    /// <summary>What a version said, as YAML.</summary>
    /// <exception cref="UnknownPolicyException">404</exception>
    public async Task<string> TextAsync(Caller caller, string id, int version, CancellationToken cancellation)
    {
        var row = await access.RowAsync(caller, id, cancellation);
        return PolicyText.Write(await SaidAsync(row, version, cancellation));
    }

    /// <param name="against">The version before when left out.</param>
    /// <exception cref="UnknownPolicyException">404</exception>
    public async Task<PolicyVersionDiff> DifferencesAsync(
        Caller caller,
        string id,
        int version,
        int? against,
        CancellationToken cancellation
    )
    {
        var row = await access.RowAsync(caller, id, cancellation);
        var from = against ?? version - 1;
        var now = await SaidAsync(row, version, cancellation);
        // The first one is another than nothing in all that it says, which its text tells.
        return new PolicyVersionDiff(
            from,
            version,
            from == 0
                ? []
                : PolicyDifferences.Of(PolicyNode.Of(await SaidAsync(row, from, cancellation)), PolicyNode.Of(now))
        );
    }

    private async Task<PolicyView> SaidAsync(PolicyRow row, int version, CancellationToken cancellation) =>
        version == row.Version ? shown.Said(row.Tenant, row.Definition, row.Text, row.Unread)
        : await store.FindAsync(row.Id, version, cancellation) is { } former
            ? shown.Said(row.Tenant, former.Definition, former.Text)
        : throw new UnknownPolicyException(string.Create(CultureInfo.InvariantCulture, $"{row.Id}, version {version}"));
}
