using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Fleet;

namespace Sevensa.Dashboard.Sandbox.Vault;

/// <summary>Namespaces of OpenBao: each a Vault of its own below one name.</summary>
internal sealed class VaultNamespaces(SimulatedFleet fleet)
{
    private readonly SortedDictionary<string, (VaultStandIn Inside, JsonObject Told)> _all = new(
        StringComparer.Ordinal
    );

    /// <summary>The namespace that a request is for, by its header or by the beginning of its path; null for none.</summary>
    public (VaultStandIn Inside, string[] Path)? Of(HttpRequest request, string[] path)
    {
        string[] named = request.Headers["X-Vault-Namespace"].ToString().Trim('/') is { Length: > 0 } header
            ? [.. header.Split('/'), .. path]
            : path;
        if (named.Length == path.Length && (path.Length == 0 || !_all.ContainsKey(path[0])))
        {
            return null;
        }
        if (!_all.TryGetValue(named[0], out var found))
        {
            throw new VaultRefusal(404, "namespace not found");
        }
        if ((bool)found.Told["locked"]!)
        {
            throw new VaultRefusal(
                503,
                $"API access to this namespace has been locked by an administrator - \"{named[0]}/\" must be unlocked to gain access."
            );
        }
        // Those below are the header's of the one inside.
        request.Headers["X-Vault-Namespace"] =
            named.Length - path.Length > 1 ? string.Join('/', named[1..^path.Length]) : "";
        return (found.Inside, named.Length == path.Length ? path[1..] : path);
    }

    public VaultAnswer Answer(string method, string[] path, JsonObject body) =>
        (method, path) switch
        {
            ("LIST" or "SCAN", []) => List(),
            ("POST" or "PUT", ["api-lock", "lock", var name]) => Lock(name, true),
            ("POST" or "PUT", ["api-lock", "unlock", var name]) => Lock(name, false),
            ("GET", [var name]) => VaultAnswer.Of(Known(name).DeepClone()),
            ("POST" or "PUT", [var name]) => Make(name, body),
            ("DELETE", [var name]) => Remove(name),
            _ => throw new VaultRefusal(404, "1 error occurred:\n\t* unsupported path\n\n"),
        };

    private VaultAnswer List()
    {
        var answer = VaultAnswer.Keys(_all.Keys.Select(name => name + "/"));
        answer.Body!["data"]!["key_info"] = new JsonObject(
            _all.Select(one => KeyValuePair.Create(one.Key + "/", (JsonNode?)one.Value.Told.DeepClone()))
        );
        return answer;
    }

    private VaultAnswer Make(string name, JsonObject body)
    {
        var custom = body["custom_metadata"]?.DeepClone() ?? new JsonObject();
        if (_all.TryGetValue(name, out var found))
        {
            found.Told["custom_metadata"] = custom;
        }
        else
        {
            found = (
                new VaultStandIn(fleet, VaultManner.OpenBao),
                new JsonObject
                {
                    ["custom_metadata"] = custom,
                    ["id"] = Noise.Hex("namespace " + name, 6),
                    ["locked"] = false,
                    ["path"] = name + "/",
                    ["tainted"] = false,
                    ["uuid"] = new Guid(Convert.FromHexString(Noise.Hex("namespace uuid " + name, 32))).ToString(),
                }
            );
            _all[name] = found;
        }
        return VaultAnswer.Of(found.Told.DeepClone());
    }

    private VaultAnswer Lock(string name, bool locked)
    {
        Known(name)["locked"] = locked;
        return VaultAnswer.Of(locked ? new JsonObject { ["unlock_key"] = Noise.Hex("unlock " + name, 24) } : null);
    }

    private VaultAnswer Remove(string name)
    {
        _all.Remove(name);
        return VaultAnswer.Done;
    }

    private JsonObject Known(string name) =>
        _all.TryGetValue(name, out var found) ? found.Told : throw new VaultRefusal(404);
}
