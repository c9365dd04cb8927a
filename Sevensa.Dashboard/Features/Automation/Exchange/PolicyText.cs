using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Automation.Exchange;

/// <summary>Policies as YAML, and read back; one, or several under <c>policies</c>.</summary>
internal sealed class PolicyText(PolicySchema schema)
{
    /// <summary>In characters: as many policies as a tenant has, each of usual length.</summary>
    public const int Longest = 512 * 1024;

    /// <summary>Of one that a program or a model writes.</summary>
    public const int LongestOne = 20_000;

    private const string Several = "policies";
    private const string Tenant = "tenant";
    private const string Name = "name";

    /// <summary>At once, of all tenants together; one has no more than <see cref="PolicyDesk.Most"/>.</summary>
    private const int MostAtOnce = 2000;

    /// <summary>What it says, and nothing of what is known of it besides: that belongs to where it is kept.</summary>
    public static string Write(PolicyView policy) => YamlText.Write(PolicyNode.Of(policy));

    /// <summary>The same for who reads beside it what was not understood, and means it when they save it.</summary>
    public static string WriteAsMeant(PolicyView policy) => YamlText.Write(PolicyNode.Of(policy with { Unread = [] }));

    public static string Write(IEnumerable<PolicyView> policies) =>
        YamlText.Write(new JsonObject { [Several] = new JsonArray([.. policies.Select(PolicyNode.Of)]) });

    /// <summary>The policies that a text has, as far as their form goes.</summary>
    /// <returns>Each with the place where it stands; empty for one that is all there is.</returns>
    /// <exception cref="UnfitPolicyException">422, with all that is wrong.</exception>
    public IReadOnlyList<(string At, PolicyWish Wish)> Read(string? yaml)
    {
        var found = Split(Parse(yaml)).ToList();
        var faults = found.SelectMany(one => schema.FaultsOf(one.Policy, one.At)).ToList();
        if (faults.Count > 0)
        {
            throw new UnfitPolicyException(faults);
        }
        var read = new List<(string, PolicyWish)>();
        foreach (var (at, policy) in found)
        {
            try
            {
                read.Add((at, WishOf(policy)));
            }
            catch (UnfitPolicyException exception)
            {
                faults.AddRange(exception.All.Select(fault => fault with { At = Inside(at, fault.At) }));
            }
        }
        return faults.Count == 0 ? read : throw new UnfitPolicyException(faults);
    }

    /// <summary>A policy whose tenant and name are said elsewhere, as far as its form goes.</summary>
    /// <exception cref="UnfitPolicyException">422, with all that is wrong.</exception>
    public PolicyWish ReadContent(string tenant, string name, JsonElement content)
    {
        if (JsonObject.Create(content) is not { } policy || policy.ContainsKey(Tenant) || policy.ContainsKey(Name))
        {
            throw new UnfitPolicyException("policy", $"has no {Tenant} and no {Name} of its own: its key says them.");
        }
        (policy[Tenant], policy[Name]) = (tenant, name);
        return schema.FaultsOf(policy, "") is { Count: > 0 } faults
            ? throw new UnfitPolicyException(faults)
            : WishOf(policy);
    }

    /// <summary>The other way.</summary>
    public static JsonElement ContentOf(PolicyView policy)
    {
        var node = PolicyNode.Of(policy).AsObject();
        node.Remove(Tenant);
        node.Remove(Name);
        return JsonSerializer.SerializeToElement(node);
    }

    private static PolicyWish WishOf(JsonNode? policy)
    {
        try
        {
            return policy.Deserialize<PolicyWish>(PolicyJson.Options)!;
        }
        catch (JsonException exception)
        {
            // A number that is whole, and yet too large to be one here.
            throw new UnfitPolicyException(
                Inside("", exception.Path?.TrimStart('$', '.')),
                "can't be read as it stands."
            );
        }
    }

    /// <summary>A place inside of where a policy stands.</summary>
    public static string Inside(string at, string? place) =>
        at.Length == 0
            ? place is { Length: > 0 }
                ? place
                : "policy"
            : place is { Length: > 0 }
                ? $"{at}.{place}"
                : at;

    private static JsonNode? Parse(string? yaml)
    {
        if (string.IsNullOrWhiteSpace(yaml))
        {
            throw new UnfitPolicyException("policy", $"is missing: YAML, or JSON, as {Address} describes it.");
        }
        if (yaml.Length > Longest)
        {
            throw new UnfitPolicyException(
                "policy",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"has {yaml.Length} characters; at most {Longest} are read."
                )
            );
        }
        try
        {
            return YamlText.Read(yaml);
        }
        catch (UnreadableYamlException exception)
        {
            throw new UnfitPolicyException("policy", $"can't be read. {exception.Message}");
        }
    }

    /// <summary>Where the schema is to be had.</summary>
    public const string Address = "/api/v1/policies/schema";

    private static IEnumerable<(string At, JsonNode? Policy)> Split(JsonNode? whole)
    {
        if (whole is not JsonObject file || !file.ContainsKey(Several))
        {
            return [("", whole)];
        }
        if (file.Count > 1)
        {
            throw new UnfitPolicyException(
                file.First(member => member.Key != Several).Key,
                $"stands beside {Several}, which is a list of whole policies. Take it out."
            );
        }
        return file[Several] is not JsonArray list ? throw new UnfitPolicyException(Several, "is no list.")
            : list.Count is 0 or > MostAtOnce
                ? throw new UnfitPolicyException(Several, $"are {list.Count}; from 1 to {MostAtOnce} are read at once.")
            : list.Index().Select(one => ($"{Several}[{one.Index}]", one.Item));
    }
}
