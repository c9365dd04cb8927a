using System.Globalization;
using System.Text;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Reachability.Declared;
using Sevensa.Dashboard.Features.Reachability.Graph;
using Sevensa.Dashboard.Features.Reachability.Observed;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Reachability;

/// <summary>What a tenant could declare; saved by nobody but who reads it first.</summary>
/// <param name="Text">The declared flows as they are, or as they are being written, then what was seen and is not among them.</param>
/// <param name="Added">Lines that were added.</param>
/// <param name="LeftOut">Flows that were seen and can't be written as a line, told as remarks in the text.</param>
internal sealed record FlowDraft(string Tenant, string Text, int Days, int Added, int LeftOut);

/// <summary>Drafts the flows that a tenant declares out of the connections that were made.</summary>
internal sealed class FlowDrafts(
    ObservedFlows observed,
    FlowPolicyStore policies,
    ITenantScopes scopes,
    TimeProvider time
)
{
    public const int MostDays = ObservedFlowStore.KeptDays;

    /// <param name="written">The tenant's flows as somebody is writing them; null for those that are saved.</param>
    /// <exception cref="UnknownTenantException">404</exception>
    /// <exception cref="UnreadablePolicyException">422: what is being written can't be read; the message has the line.</exception>
    public async Task<FlowDraft> OfTenantAsync(
        Caller caller,
        string tenant,
        int days,
        CancellationToken cancellation,
        string? written = null
    )
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        var saved = await policies.AllAsync(cancellation);
        var declared = new DeclaredFlows(
            written is null
                ? saved
                :
                [
                    .. saved.Where(row => row.Tenant != tenant),
                    new FlowPolicyRow
                    {
                        Tenant = tenant,
                        Text = written.ReplaceLineEndings("\n"),
                        SavedBy = caller.Name,
                        SavedAt = time.GetUtcNow(),
                    },
                ]
        );
        var seen = (await observed.OfTenantAsync(tenant, days, cancellation))
            .Where(flow => flow.To.Kind == EndKind.Service && flow.To.Tenant == tenant)
            .Where(flow => !declared.Covers(flow.From, flow.To, flow.Port));
        return Of(new TenantEyes(caller, tenant), declared.TextOf(tenant) ?? "", [.. seen], days);
    }

    private FlowDraft Of(TenantEyes eyes, string before, IReadOnlyList<SeenFlow> seen, int days)
    {
        // What a draft of before has noted stands there already.
        var lines = seen.Select(flow => Line(eyes, flow))
            .Except(before.Split('\n').Select(line => line.TrimEnd()), StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToLookup(line => !line.StartsWith('#'));
        var text = new StringBuilder(before.TrimEnd());
        if (lines.Count > 0)
        {
            if (text.Length > 0)
            {
                text.Append("\n\n");
            }
            text.Append(
                CultureInfo.InvariantCulture,
                $"# Seen in {(days == 1 ? "a day" : $"{days} days")} up to {time.GetUtcNow().UtcDateTime:yyyy-MM-dd}"
            );
        }
        var room = FlowPolicy.MostFlows - FlowPolicy.Read(before).Count;
        var (added, left) = (0, 0);
        foreach (var line in lines[true].Concat(lines[false]))
        {
            if (text.Length + line.Length + 1 > FlowPolicy.LongestText || (added == room && line[0] != '#'))
            {
                left++;
                continue;
            }
            text.Append('\n').Append(line);
            (added, left) = line[0] == '#' ? (added, left + 1) : (added + 1, left);
        }
        return new FlowDraft(eyes.Tenant, text.ToString(), days, added, left);
    }

    /// <summary>A line that says this flow and nothing else; a remark where there can be none.</summary>
    private static string Line(TenantEyes eyes, SeenFlow flow)
    {
        if (flow.From.Kind is not (EndKind.Service or EndKind.Internet))
        {
            return $"# {flow.From.Name} -> {Safe(flow.To.Name)}:{flow.Port} was seen; only services and the internet can be declared";
        }
        if (!eyes.MaySee(flow.From))
        {
            return $"# {FlowEnd.Hidden.Name} -> {Safe(flow.To.Name)}:{flow.Port} was seen; somebody who sees that tenant declares it";
        }
        var from = flow.From is { Kind: EndKind.Service, Name: "internet" } ? flow.From.Whole : eyes.Named(flow.From);
        var line = $"{from} -> {flow.To.Name}{TenantEyes.DeclaredPort(flow.Port)}";
        return IsThis(line, eyes.Tenant, flow)
            ? line
            : $"# {Safe(from)} -> {Safe(flow.To.Name)}:{flow.Port} was seen; a name of the two can't be written here";
    }

    /// <summary>Names come from labels, where anything may stand.</summary>
    private static bool IsThis(string line, string tenant, SeenFlow flow)
    {
        try
        {
            return FlowPolicy.Read(line) is [{ From: not "*" } one]
                && one.Covers(tenant, flow.From, flow.To, flow.Port)
                && one.Port == flow.Port;
        }
        catch (UnreadablePolicyException)
        {
            return false;
        }
    }

    private static string Safe(string name) =>
        string.Concat(name.Take(100).Select(sign => char.IsControl(sign) || sign is '\u2028' or '\u2029' ? '?' : sign));
}
