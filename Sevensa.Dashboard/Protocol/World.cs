using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Protocol;

/// <summary>The world that a plan rests on, the same for who plans and who executes.</summary>
public static class World
{
    /// <summary>A container's facts in the words of a plan.</summary>
    public static PlanContainer Planned(ContainerFacts facts) =>
        new(
            facts.Id,
            facts.Name,
            facts.Service,
            facts.Image,
            facts.ImageDigest,
            facts.ConfigHash,
            facts.State,
            facts.Networks,
            facts.Ports
        );

    /// <summary>SHA-256 (hex) over ids, image digests, configuration hashes and states, in order of id. No times: a restart of a running container does not make it stale.</summary>
    public static string Fingerprint(IEnumerable<PlanContainer> containers)
    {
        var facts = new JsonArray([
            .. containers
                .OrderBy(container => container.Id, StringComparer.Ordinal)
                .Select(container => new JsonObject
                {
                    ["configHash"] = container.ConfigHash,
                    ["id"] = container.Id,
                    ["imageDigest"] = container.ImageDigest,
                    ["state"] = container.State,
                }),
        ]);
        using var document = System.Text.Json.JsonDocument.Parse(facts.ToJsonString());
        return CanonicalJson.Hash(document.RootElement);
    }

    /// <summary>
    /// Whether Docker has a container up, or is just starting it again: what crashes again and again is one and the other by turns, and
    /// could not be acted on by a plan that rests on either.
    /// </summary>
    public static bool IsUp(string state) => state is "running" or "restarting";

    /// <summary>What differs between a container as planned and as it is (null: gone), in words; empty when nothing does.</summary>
    public static IReadOnlyList<string> Differences(PlanContainer planned, PlanContainer? now)
    {
        if (now is null)
        {
            return [$"{planned.Name} ({Short(planned.Id)}) is gone"];
        }
        var differences = new List<string>();
        if (!IsUp(planned.State) || !IsUp(now.State))
        {
            Compare("state", planned.State, now.State);
        }
        Compare("image", planned.ImageDigest, now.ImageDigest);
        Compare("name", planned.Name, now.Name);
        if (planned.ConfigHash != now.ConfigHash)
        {
            differences.Add($"{planned.Name}: its configuration is not the one that was planned for");
        }
        return differences;

        void Compare(string what, string before, string after)
        {
            if (before != after)
            {
                differences.Add($"{planned.Name}: {what} was {before} and is {after}");
            }
        }
    }

    private static string Short(string id) => id.Length > 12 ? id[..12] : id;
}
