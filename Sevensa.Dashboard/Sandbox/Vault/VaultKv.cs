using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Fleet;

namespace Sevensa.Dashboard.Sandbox.Vault;

/// <summary>The key/value engine, version 2, and version 1 at mounts that say so.</summary>
internal sealed class VaultKv(SimulatedFleet fleet, VaultManner manner = VaultManner.Vault)
{
    private const string Unsupported = "1 error occurred:\n\t* unsupported path\n\n";

    private readonly Dictionary<string, KvMount> _mounts = new(StringComparer.Ordinal) { ["secret"] = new KvMount() };
    private readonly KvDescriptions _described = new(manner);

    private bool IsBao => manner == VaultManner.OpenBao;

    public IEnumerable<string> Mounts => _mounts.Keys;

    /// <summary>Counts what was written, whatever it was.</summary>
    public long Writes { get; private set; }

    public double LastWrite { get; private set; }

    public bool Has(string mount) => _mounts.ContainsKey(mount);

    public string VersionOf(string mount) => _mounts[mount].IsFirst ? "1" : "2";

    public void Enable(string mount, bool isFirst = false) => _mounts.TryAdd(mount, new KvMount { IsFirst = isFirst });

    /// <summary>With all that is in it.</summary>
    public void Disable(string mount) => _mounts.Remove(mount);

    /// <summary>As it is now, for one that reads the past.</summary>
    public VaultKv Copy()
    {
        var copy = new VaultKv(fleet, manner) { Writes = Writes, LastWrite = LastWrite };
        copy._mounts.Clear();
        foreach (var (name, mount) in _mounts)
        {
            copy._mounts[name] = mount.Copy();
        }
        return copy;
    }

    /// <summary>The current version of a secret; 0 when there is none.</summary>
    public int CurrentOf(string mount, string[] path) => _mounts[mount].Find(path)?.Current ?? 0;

    /// <summary>Plants a secret whose versions were written at the given Unix times, oldest first.</summary>
    public void Plant(string path, IReadOnlyList<(double At, JsonObject Data)> versions, JsonObject custom)
    {
        var secret = new KvSecret { Created = versions[0].At, Custom = custom };
        foreach (var (at, data) in versions)
        {
            secret.Write(at, data, 0);
        }
        _mounts["secret"].Secrets[path] = secret;
    }

    public VaultAnswer Answer(string method, string mount, string[] rest, JsonObject body, IQueryCollection query)
    {
        var store = _mounts[mount];
        if (method is "POST" or "PUT" or "DELETE" or "PATCH")
        {
            Writes++;
            LastWrite = fleet.Now;
        }
        if (store.IsFirst)
        {
            return AnswerFirst(store, method, rest, body);
        }
        return (method, rest) switch
        {
            ("POST" or "PUT", ["config"]) => Configure(store, body),
            ("GET", ["config"]) => VaultAnswer.Of(_described.Of(store)),
            ("PATCH", ["data", .. var path]) when IsBao => Patch(store, path, body),
            ("PATCH", ["metadata", .. var path]) when IsBao => PatchMetadata(store.Known(path), body),
            ("GET", ["subkeys", .. var path]) when IsBao => Subkeys(store.Known(path)),
            ("LIST", ["metadata", .. var path]) => VaultAnswer.Keys(Paged(store.Keys(path), query)),
            ("SCAN", ["metadata", .. var path]) when IsBao => VaultAnswer.Keys(store.Below(path).Select(s => s.Key)),
            ("LIST", ["detailed-metadata", .. var path]) when IsBao => Detailed(
                Paged(store.Keys(path), query).ToList(),
                name => store.Find([.. path, name])
            ),
            ("SCAN", ["detailed-metadata", .. var path]) when IsBao => Detailed(
                [.. store.Below(path).Select(s => s.Key)],
                name => store.Known([.. path, name])
            ),
            (_, ["detailed-metadata", ..]) => throw new VaultRefusal(404, Unsupported),
            ("GET", ["metadata", .. var path]) => VaultAnswer.Of(_described.Of(store.Known(path))),
            ("POST" or "PUT", ["metadata", .. var path]) => SetMetadata(store, path, body),
            ("DELETE", ["metadata", .. var path]) => Forget(store, path),
            ("GET", ["data", .. var path]) => Read(store.Known(path), query["version"]),
            ("POST" or "PUT", ["data", .. var path]) => Write(store, path, body),
            ("DELETE", ["data", .. var path]) => Mark(store.Known(path), null, v => v.Deleted = fleet.Now),
            ("POST" or "PUT", ["delete", .. var path]) => Mark(store.Known(path), body, v => v.Deleted = fleet.Now),
            ("POST" or "PUT", ["undelete", .. var path]) => Mark(store.Known(path), body, v => v.Deleted = null),
            ("POST" or "PUT", ["destroy", .. var path]) => Mark(
                store.Known(path),
                body,
                v =>
                {
                    v.Destroyed = true;
                    v.Data = null;
                }
            ),
            _ => throw new VaultRefusal(405, "1 error occurred:\n\t* unsupported operation\n\n"),
        };
    }

    /// <summary>An engine of version 1: a value under each path, and nothing about it.</summary>
    private static VaultAnswer AnswerFirst(KvMount store, string method, string[] path, JsonObject body)
    {
        var key = string.Join('/', path);
        switch (method)
        {
            case "LIST":
                return VaultAnswer.Keys(store.Keys(path));
            case "GET":
                return VaultAnswer.Of(
                    store.Known(path).Versions.Values.Last().Data!.DeepClone(),
                    leaseDuration: 2764800
                );
            case "DELETE":
                store.Secrets.Remove(key);
                return VaultAnswer.Done;
            default:
                var secret = new KvSecret { Created = 0 };
                secret.Write(0, body.DeepClone().AsObject(), 1);
                store.Secrets[key] = secret;
                return VaultAnswer.Done;
        }
    }

    private VaultAnswer Detailed(IReadOnlyList<string> names, Func<string, KvSecret?> secret)
    {
        var answer = VaultAnswer.Keys(names);
        var details = new JsonObject();
        foreach (var name in names)
        {
            if (secret(name) is { } known)
            {
                details[name] = _described.Of(known);
            }
        }
        answer.Body!["data"]!["key_info"] = details;
        return answer;
    }

    private IEnumerable<string> Paged(IEnumerable<string> names, IQueryCollection query)
    {
        if (!IsBao)
        {
            return names;
        }
        var limit = query["limit"].ToString() is { Length: > 0 } text
            ? int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw new VaultRefusal(
                    400,
                    "Field validation failed: error converting input for field \"limit\": '' cannot parse value as 'int': strconv.ParseInt: invalid syntax"
                )
            : 0;
        var after = query["after"].ToString();
        var rest = names.Where(name => after.Length == 0 || string.CompareOrdinal(name, after) > 0);
        return limit > 0 ? rest.Take(limit) : rest;
    }

    private static VaultAnswer Configure(KvMount store, JsonObject body)
    {
        store.MaxVersions = Whole(body["max_versions"]) ?? store.MaxVersions;
        store.CasRequired = body["cas_required"]?.GetValueKind() == JsonValueKind.True;
        return VaultAnswer.Done;
    }

    private VaultAnswer Patch(KvMount store, string[] path, JsonObject body)
    {
        if (store.Find(path) is not { } secret)
        {
            return new VaultAnswer(404, null);
        }
        var current = secret.Versions[secret.Current];
        if (IsGone(current))
        {
            return VaultAnswer.Of(_described.Of(secret, current), 404);
        }
        var merged = current.Data?.DeepClone().AsObject() ?? [];
        Merge(merged, body["data"] as JsonObject ?? []);
        var wanted = body.DeepClone().AsObject();
        wanted["data"] = merged;
        return Write(store, path, wanted);
    }

    private static VaultAnswer PatchMetadata(KvSecret secret, JsonObject body)
    {
        secret.Custom ??= [];
        Merge(secret.Custom, body["custom_metadata"] as JsonObject ?? []);
        return VaultAnswer.Done;
    }

    /// <summary>RFC 7396: null takes a member away.</summary>
    private static void Merge(JsonObject into, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            if (value is null)
            {
                into.Remove(name);
            }
            else if (value is JsonObject inner && into[name] is JsonObject known)
            {
                Merge(known, inner);
            }
            else
            {
                into[name] = value.DeepClone();
            }
        }
    }

    private VaultAnswer Subkeys(KvSecret secret)
    {
        var current = secret.Versions[secret.Current];
        return VaultAnswer.Of(
            new JsonObject
            {
                ["metadata"] = _described.Of(secret, current),
                ["subkeys"] = IsGone(current)
                    ? null
                    : new JsonObject((current.Data ?? []).Select(one => KeyValuePair.Create(one.Key, (JsonNode?)null))),
            },
            IsGone(current) ? 404 : 200
        );
    }

    // A time that lies ahead is an end, not a deletion.
    private bool IsGone(KvVersion version) => version.Destroyed || version.Deleted <= fleet.Now;

    private VaultAnswer Write(KvMount store, string[] path, JsonObject body)
    {
        var key = string.Join('/', path);
        var data = body["data"] as JsonObject;
        if (data is null && !(IsBao && body.ContainsKey("data")))
        {
            throw new VaultRefusal(400, "no data provided");
        }
        store.Secrets.TryGetValue(key, out var secret);
        var current = secret?.Current ?? 0;
        var cas = Whole(body["options"]?["cas"]);
        if (cas is null && (store.CasRequired || secret is { CasRequired: true }))
        {
            throw new VaultRefusal(400, "check-and-set parameter required for this call");
        }
        if (cas is { } expected && expected != current)
        {
            throw new VaultRefusal(400, "check-and-set parameter did not match the current version");
        }
        var now = fleet.Now;
        secret ??= store.Secrets[key] = new KvSecret { Created = now };
        var written = secret.Write(now, data?.DeepClone().AsObject(), store.MaxVersions);
        written.Deleted = secret.DeleteAfter > 0 ? now + secret.DeleteAfter : null;
        return VaultAnswer.Of(_described.Of(secret, written));
    }

    private VaultAnswer Read(KvSecret secret, string? version)
    {
        if (IsBao && version is { Length: > 0 } && !int.TryParse(version, out _))
        {
            throw new VaultRefusal(
                400,
                "Field validation failed: error converting input for field \"version\": '' cannot parse value as 'int': strconv.ParseInt: invalid syntax"
            );
        }
        var number = int.TryParse(version, out var n) && n > 0 ? n : secret.Current;
        if (!secret.Versions.TryGetValue(number, out var wanted))
        {
            throw new VaultRefusal(404);
        }
        var gone = IsGone(wanted);
        return VaultAnswer.Of(
            new JsonObject
            {
                ["data"] = gone ? null : wanted.Data?.DeepClone(),
                ["metadata"] = _described.Of(secret, wanted),
            },
            gone ? 404 : 200
        );
    }

    private VaultAnswer SetMetadata(KvMount store, string[] path, JsonObject body)
    {
        var key = string.Join('/', path);
        if (!store.Secrets.TryGetValue(key, out var secret))
        {
            secret = store.Secrets[key] = new KvSecret { Created = fleet.Now };
        }
        secret.MaxVersions = Whole(body["max_versions"]) ?? secret.MaxVersions;
        if ((string?)body["delete_version_after"] is { } after)
        {
            secret.DeleteAfter = VaultSystem.Seconds(after);
        }
        secret.CasRequired = body["cas_required"]?.GetValueKind() is { } kind
            ? kind == JsonValueKind.True
            : secret.CasRequired;
        if (body["custom_metadata"] is JsonObject custom)
        {
            if (
                IsBao
                && custom.FirstOrDefault(one => one.Value?.ToString().Length > 512)
                    is { Key: { } name, Value: { } value }
            )
            {
                throw new VaultRefusal(
                    400,
                    $"1 error occurred:\n\t* custom_metadata validation failed: length of value for key \"{name}\" is {value.ToString().Length} but must be 0 < len(value) <= 512\n\n"
                );
            }
            secret.Custom = custom.DeepClone().AsObject();
        }
        return VaultAnswer.Done;
    }

    private static VaultAnswer Forget(KvMount store, string[] path)
    {
        store.Secrets.Remove(string.Join('/', path));
        return VaultAnswer.Done;
    }

    private static VaultAnswer Mark(KvSecret secret, JsonObject? body, Action<KvVersion> change)
    {
        var numbers = body?["versions"] is JsonArray all ? all.Select(v => Whole(v) ?? 0) : [secret.Current];
        foreach (var number in numbers)
        {
            if (secret.Versions.TryGetValue(number, out var version))
            {
                change(version);
            }
        }
        return VaultAnswer.Done;
    }

    private static int? Whole(JsonNode? node) =>
        node?.GetValueKind() == JsonValueKind.Number && node.AsValue().TryGetValue<int>(out var n) ? n : null;
}
