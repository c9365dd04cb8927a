using System.Globalization;
using Sevensa.Dashboard.Features.Reachability.Graph;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Reachability.Declared;

/// <param name="From">A service of the tenant, <c>tenant/service</c>, <c>internet</c> or <c>*</c>.</param>
/// <param name="To">A service of the tenant.</param>
/// <param name="Port"><c>5432/tcp</c>; null for any.</param>
internal sealed record DeclaredFlow(string From, string To, string? Port, int Line)
{
    /// <summary>Whether a flow to a service of this tenant is this one.</summary>
    public bool Covers(string tenant, FlowEnd from, FlowEnd to, string? port) =>
        to.Kind == EndKind.Service
        && to.Tenant == tenant
        && Means(tenant, To, to)
        && (From == "*" || Means(tenant, From, from))
        && (Port is null || port is null || Port == port);

    /// <summary>Also by the name that containers have: <c>rentguy-api</c>.</summary>
    public static bool Means(string tenant, string name, FlowEnd end) =>
        end.Kind switch
        {
            EndKind.Service => name == end.Whole || name == end.Dashed || (end.Tenant == tenant && name == end.Name),
            EndKind.Internet => name == "internet",
            _ => false,
        };
}

/// <summary>Answered as 422.</summary>
internal sealed class UnreadablePolicyException(int line, string why)
    : Exception($"Line {line.ToString(CultureInfo.InvariantCulture)}: {why}");

/// <summary>
/// What a tenant says is meant: one flow a line, <c>api -> db:5432</c>; <c>internet -> web:8080</c>,
/// <c>platform/traefik -> web</c>. Without a port any is meant; <c>#</c> begins a remark.
/// </summary>
internal static class FlowPolicy
{
    public const int LongestText = 20_000;
    public const int MostFlows = 1000;

    /// <exception cref="UnreadablePolicyException">A line can't be read; the message has its number.</exception>
    public static IReadOnlyList<DeclaredFlow> Read(string text)
    {
        var flows = new List<DeclaredFlow>();
        foreach (var (index, whole) in text.Split('\n').Index())
        {
            var number = index + 1;
            var line = whole.Split('#', 2)[0].Trim();
            if (line.Length == 0)
            {
                continue;
            }
            if (line.Replace("→", "->", StringComparison.Ordinal).Split("->") is not [var left, var right])
            {
                throw new UnreadablePolicyException(number, "Write one flow a line: api -> db:5432.");
            }
            var target = right.Trim();
            var colon = target.LastIndexOf(':');
            var to = colon < 0 ? target : target[..colon].Trim();
            flows.Add(
                new DeclaredFlow(
                    Name(left, number, orAny: true),
                    Name(to, number, orAny: false),
                    colon < 0 ? null : Port(target[(colon + 1)..].Trim(), number),
                    number
                )
            );
            if (flows.Count > MostFlows)
            {
                throw new UnreadablePolicyException(number, $"There are at most {MostFlows} flows.");
            }
        }
        return flows;
    }

    /// <summary>The same for a tenant, of whose services each flow has to end at one.</summary>
    /// <exception cref="UnreadablePolicyException">A line can't be read, or ends at another's service: it would stand there and hold for nothing.</exception>
    public static IReadOnlyList<DeclaredFlow> ReadFor(string tenant, string text)
    {
        var flows = Read(text);
        return flows.FirstOrDefault(flow => flow.To.Split('/') is [var owner, _] && owner != tenant) is { } foreign
            ? throw new UnreadablePolicyException(
                foreign.Line,
                $"\"{StoreText.Shorten(foreign.To, 60)}\" is no service of {tenant}. A flow is declared by the tenant whose service is reached."
            )
            : flows;
    }

    private static string Name(string text, int line, bool orAny)
    {
        var name = text.Trim();
        if (orAny && name == "*")
        {
            return name;
        }
        return
            name.Length is > 0 and <= 200
            && name.All(sign => char.IsAsciiLetterOrDigit(sign) || sign is '-' or '_' or '.' or '/')
            && name.Count(sign => sign == '/') <= 1
            ? name
            : throw new UnreadablePolicyException(
                line,
                name.Length == 0
                    ? "A service is missing."
                    : $"\"{StoreText.Shorten(name, 60)}\" is no name of a service."
            );
    }

    private static string? Port(string text, int line)
    {
        if (text == "*")
        {
            return null;
        }
        var parts = text.Split('/');
        var protocol = parts.Length > 1 ? parts[1] : "tcp";
        return
            parts.Length <= 2
            && protocol is "tcp" or "udp" or "sctp"
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && port is > 0 and < 65536
            ? $"{port.ToString(CultureInfo.InvariantCulture)}/{protocol}"
            : throw new UnreadablePolicyException(
                line,
                $"\"{StoreText.Shorten(text, 60)}\" is no port: write 5432, 53/udp or *."
            );
    }
}
