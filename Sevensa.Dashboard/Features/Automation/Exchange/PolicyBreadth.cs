using System.Globalization;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Features.Automation.Exchange;

/// <summary>Whether a policy as it is written down is wider than any is: a list or a mapping of more members than are looked at.</summary>
internal static class PolicyBreadth
{
    private const int MostMembers = 200;

    /// <summary>What of it is, with its place; null where nothing is.</summary>
    public static PolicyFault? TooWide(JsonNode? node, string at)
    {
        var count = node switch
        {
            JsonObject map => map.Count,
            JsonArray list => list.Count,
            _ => 0,
        };
        if (count > MostMembers)
        {
            return new PolicyFault(
                PolicyText.Inside(at, null),
                string.Create(CultureInfo.InvariantCulture, $"has {count} members; {MostMembers} at most are read.")
            );
        }
        return node switch
        {
            JsonObject map => map.Select(one => TooWide(one.Value, PolicySchema.Joined(at, one.Key)))
                .FirstOrDefault(IsOne),
            JsonArray list => list.Index()
                .Select(one => TooWide(one.Item, $"{at}[{one.Index.ToString(CultureInfo.InvariantCulture)}]"))
                .FirstOrDefault(IsOne),
            _ => null,
        };

        static bool IsOne(PolicyFault? fault) => fault is not null;
    }
}
