using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.Vault;

/// <summary>The key/value engine, version 2, and version 1 at mounts that say so.</summary>
/// <param name="scans">It gives a whole tree in one answer, as OpenBao does.</param>
internal sealed class VaultKv(SimulatedFleet fleet, bool scans = false)
{
    private const string Unsupported = "1 error occurred:\n\t* unsupported path\n\n";

    private readonly Dictionary<string, Mount> _mounts = new(StringComparer.Ordinal) { ["secret"] = new Mount() };

    public IEnumerable<string> Mounts => _mounts.Keys;

    /// <summary>Counts what was written, whatever it was.</summary>
    public long Writes { get; private set; }

    public double LastWrite { get; private set; }

    public bool Has(string mount) => _mounts.ContainsKey(mount);

    public string VersionOf(string mount) => _mounts[mount].IsFirst ? "1" : "2";

    public void Enable(string mount, bool isFirst = false) => _mounts.TryAdd(mount, new Mount { IsFirst = isFirst });

    /// <summary>As it is now, for one that reads the past.</summary>
    public VaultKv Copy()
    {
        var copy = new VaultKv(fleet, scans) { Writes = Writes, LastWrite = LastWrite };
        copy._mounts.Clear();
        foreach (var (name, mount) in _mounts)
        {
            copy._mounts[name] = mount.Copy();
        }
        return copy;
    }

    /// <summary>The current version of a secret; 0 when there is none.</summary>
    public int CurrentOf(string mount, string[] path) =>
        _mounts[mount].Secrets.GetValueOrDefault(string.Join('/', path))?.Current ?? 0;

    /// <summary>Plants a secret whose versions were written at the given Unix times, oldest first.</summary>
    public void Plant(string path, IReadOnlyList<(double At, JsonObject Data)> versions, JsonObject custom)
    {
        var secret = new Secret { Created = versions[0].At, Custom = custom };
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
            ("GET", ["config"]) => VaultAnswer.Of(Configuration(store)),
            ("PATCH", ["data", .. var path]) when scans => Patch(store, path, body),
            ("PATCH", ["metadata", .. var path]) when scans => PatchMetadata(Known(store, path), body),
            ("GET", ["subkeys", .. var path]) when scans => Subkeys(Known(store, path)),
            ("LIST", ["metadata", .. var path]) => VaultAnswer.Keys(Paged(Keys(store, path), query)),
            ("SCAN", ["metadata", .. var path]) when scans => VaultAnswer.Keys(Below(store, path).Select(s => s.Key)),
            ("LIST", ["detailed-metadata", .. var path]) when scans => Detailed(
                Paged(Keys(store, path), query).ToList(),
                name => store.Secrets.GetValueOrDefault(string.Join('/', [.. path, name]))
            ),
            ("SCAN", ["detailed-metadata", .. var path]) when scans => Detailed(
                [.. Below(store, path).Select(s => s.Key)],
                name => store.Secrets[string.Join('/', [.. path, name])]
            ),
            (_, ["detailed-metadata", ..]) => throw new VaultRefusal(404, Unsupported),
            ("GET", ["metadata", .. var path]) => VaultAnswer.Of(Metadata(Known(store, path))),
            ("POST" or "PUT", ["metadata", .. var path]) => SetMetadata(store, path, body),
            ("DELETE", ["metadata", .. var path]) => Forget(store, path),
            ("GET", ["data", .. var path]) => Read(Known(store, path), query["version"]),
            ("POST" or "PUT", ["data", .. var path]) => Write(store, path, body),
            ("DELETE", ["data", .. var path]) => Mark(Known(store, path), null, v => v.Deleted = fleet.Now),
            ("POST" or "PUT", ["delete", .. var path]) => Mark(Known(store, path), body, v => v.Deleted = fleet.Now),
            ("POST" or "PUT", ["undelete", .. var path]) => Mark(Known(store, path), body, v => v.Deleted = null),
            ("POST" or "PUT", ["destroy", .. var path]) => Mark(
                Known(store, path),
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
    private static VaultAnswer AnswerFirst(Mount store, string method, string[] path, JsonObject body)
    {
        var key = string.Join('/', path);
        switch (method)
        {
            case "LIST":
                return VaultAnswer.Keys(Keys(store, path));
            case "GET":
                return VaultAnswer.Of(
                    Known(store, path).Versions.Values.Last().Data!.DeepClone(),
                    leaseDuration: 2764800
                );
            case "DELETE":
                store.Secrets.Remove(key);
                return VaultAnswer.Done;
            default:
                var secret = new Secret { Created = 0 };
                secret.Write(0, body.DeepClone().AsObject(), 1);
                store.Secrets[key] = secret;
                return VaultAnswer.Done;
        }
    }

    private static IEnumerable<KeyValuePair<string, Secret>> Below(Mount store, string[] path)
    {
        var prefix = string.Concat(path.Select(p => p + "/"));
        return store
            .Secrets.Where(s => s.Key.StartsWith(prefix, StringComparison.Ordinal))
            .Select(s => KeyValuePair.Create(s.Key[prefix.Length..], s.Value))
            .OrderBy(s => s.Key.Count(c => c == '/'))
            .ThenBy(s => s.Key, StringComparer.Ordinal);
    }

    private VaultAnswer Detailed(IReadOnlyList<string> names, Func<string, Secret?> secret)
    {
        var answer = VaultAnswer.Keys(names);
        var details = new JsonObject();
        foreach (var name in names)
        {
            if (secret(name) is { } known)
            {
                details[name] = Metadata(known);
            }
        }
        answer.Body!["data"]!["key_info"] = details;
        return answer;
    }

    private IEnumerable<string> Paged(IEnumerable<string> names, IQueryCollection query)
    {
        if (!scans)
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

    private static IEnumerable<string> Keys(Mount store, string[] path)
    {
        var prefix = string.Concat(path.Select(p => p + "/"));
        return store
            .Secrets.Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal))
            .Select(k => k[prefix.Length..])
            .Select(k => k.IndexOf('/') is >= 0 and var at ? k[..(at + 1)] : k)
            .Distinct()
            .Order(StringComparer.Ordinal);
    }

    private static VaultAnswer Configure(Mount store, JsonObject body)
    {
        store.MaxVersions = Whole(body["max_versions"]) ?? store.MaxVersions;
        store.CasRequired = body["cas_required"]?.GetValueKind() == JsonValueKind.True;
        return VaultAnswer.Done;
    }

    private JsonObject Configuration(Mount store)
    {
        var told = new JsonObject
        {
            ["cas_required"] = store.CasRequired,
            ["delete_version_after"] = "0s",
            ["max_versions"] = store.MaxVersions,
        };
        if (scans)
        {
            told["metadata_cas_required"] = false;
        }
        return told;
    }

    private VaultAnswer Patch(Mount store, string[] path, JsonObject body)
    {
        if (!store.Secrets.TryGetValue(string.Join('/', path), out var secret))
        {
            return new VaultAnswer(404, null);
        }
        var current = secret.Versions[secret.Current];
        if (IsGone(current))
        {
            return VaultAnswer.Of(Describe(secret, current), 404);
        }
        var merged = current.Data?.DeepClone().AsObject() ?? [];
        Merge(merged, body["data"] as JsonObject ?? []);
        var wanted = body.DeepClone().AsObject();
        wanted["data"] = merged;
        return Write(store, path, wanted);
    }

    private static VaultAnswer PatchMetadata(Secret secret, JsonObject body)
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

    private VaultAnswer Subkeys(Secret secret)
    {
        var current = secret.Versions[secret.Current];
        return VaultAnswer.Of(
            new JsonObject
            {
                ["metadata"] = Describe(secret, current),
                ["subkeys"] = IsGone(current)
                    ? null
                    : new JsonObject((current.Data ?? []).Select(one => KeyValuePair.Create(one.Key, (JsonNode?)null))),
            },
            IsGone(current) ? 404 : 200
        );
    }

    // A time that lies ahead is an end, not a deletion.
    private bool IsGone(Version version) => version.Destroyed || version.Deleted <= fleet.Now;

    private VaultAnswer Write(Mount store, string[] path, JsonObject body)
    {
        var key = string.Join('/', path);
        var data = body["data"] as JsonObject;
        if (data is null && !(scans && body.ContainsKey("data")))
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
        secret ??= store.Secrets[key] = new Secret { Created = now };
        var written = secret.Write(now, data?.DeepClone().AsObject(), store.MaxVersions);
        written.Deleted = secret.DeleteAfter > 0 ? now + secret.DeleteAfter : null;
        return VaultAnswer.Of(Describe(secret, written));
    }

    private VaultAnswer Read(Secret secret, string? version)
    {
        if (scans && version is { Length: > 0 } && !int.TryParse(version, out _))
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
                ["metadata"] = Describe(secret, wanted),
            },
            gone ? 404 : 200
        );
    }

    private VaultAnswer SetMetadata(Mount store, string[] path, JsonObject body)
    {
        var key = string.Join('/', path);
        if (!store.Secrets.TryGetValue(key, out var secret))
        {
            secret = store.Secrets[key] = new Secret { Created = fleet.Now };
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
                scans
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

    private static VaultAnswer Forget(Mount store, string[] path)
    {
        store.Secrets.Remove(string.Join('/', path));
        return VaultAnswer.Done;
    }

    private static VaultAnswer Mark(Secret secret, JsonObject? body, Action<Version> change)
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

    private static Secret Known(Mount store, string[] path) =>
        store.Secrets.GetValueOrDefault(string.Join('/', path)) ?? throw new VaultRefusal(404);

    private JsonObject Metadata(Secret secret)
    {
        var metadata = Described(secret);
        if (scans)
        {
            metadata["current_metadata_version"] = 1;
            metadata["metadata_cas_required"] = false;
        }
        return metadata;
    }

    private static JsonObject Described(Secret secret) =>
        new()
        {
            ["cas_required"] = secret.CasRequired,
            ["created_time"] = Reply.GoTime(secret.Created),
            ["current_version"] = secret.Current,
            ["custom_metadata"] = secret.Custom?.DeepClone(),
            ["delete_version_after"] = GoDuration(secret.DeleteAfter),
            ["max_versions"] = secret.MaxVersions,
            ["oldest_version"] = secret.Oldest,
            ["updated_time"] = Reply.GoTime(
                secret.Versions.Count == 0 ? secret.Created : secret.Versions[secret.Current].Created
            ),
            ["versions"] = new JsonObject(
                secret.Versions.Select(v =>
                    KeyValuePair.Create(
                        v.Key.ToString(CultureInfo.InvariantCulture),
                        (JsonNode?)
                            new JsonObject
                            {
                                ["created_time"] = Reply.GoTime(v.Value.Created),
                                ["deletion_time"] = v.Value.Deleted is { } at ? Reply.GoTime(at) : "",
                                ["destroyed"] = v.Value.Destroyed,
                            }
                    )
                )
            ),
        };

    private JsonObject Describe(Secret secret, Version version)
    {
        var told = new JsonObject
        {
            ["created_time"] = Reply.GoTime(version.Created),
            ["deletion_time"] = version.Deleted is { } at ? Reply.GoTime(at) : "",
            ["destroyed"] = version.Destroyed,
            ["version"] = version.Number,
        };
        if (scans)
        {
            told["custom_metadata"] = secret.Custom?.DeepClone();
        }
        return told;
    }

    private static string GoDuration(long seconds) =>
        seconds == 0 ? "0s"
        : seconds >= 3600 ? $"{seconds / 3600}h{seconds / 60 % 60}m{seconds % 60}s"
        : seconds >= 60 ? $"{seconds / 60}m{seconds % 60}s"
        : $"{seconds}s";

    private static int? Whole(JsonNode? node) =>
        node?.GetValueKind() == JsonValueKind.Number && node.AsValue().TryGetValue<int>(out var n) ? n : null;

    private sealed class Mount
    {
        public Dictionary<string, Secret> Secrets { get; } = new(StringComparer.Ordinal);
        public int MaxVersions { get; set; }
        public bool CasRequired { get; set; }
        public bool IsFirst { get; init; }

        public Mount Copy()
        {
            var copy = new Mount
            {
                MaxVersions = MaxVersions,
                CasRequired = CasRequired,
                IsFirst = IsFirst,
            };
            foreach (var (path, secret) in Secrets)
            {
                copy.Secrets[path] = secret.Copy();
            }
            return copy;
        }
    }

    private sealed class Secret
    {
        public SortedDictionary<int, Version> Versions { get; } = [];
        public required double Created { get; init; }
        public JsonObject? Custom { get; set; }
        public int MaxVersions { get; set; }
        public bool CasRequired { get; set; }

        /// <summary>Seconds after which each new version is deleted by itself; 0 for never.</summary>
        public long DeleteAfter { get; set; }
        public int Current => Versions.Count == 0 ? 0 : Versions.Keys.Max();
        public int Oldest { get; private set; }

        public Secret Copy()
        {
            var copy = new Secret
            {
                Created = Created,
                Custom = Custom?.DeepClone().AsObject(),
                MaxVersions = MaxVersions,
                CasRequired = CasRequired,
                DeleteAfter = DeleteAfter,
                Oldest = Oldest,
            };
            foreach (var (number, version) in Versions)
            {
                copy.Versions[number] = new Version
                {
                    Number = version.Number,
                    Created = version.Created,
                    Data = version.Data,
                    Deleted = version.Deleted,
                    Destroyed = version.Destroyed,
                };
            }
            return copy;
        }

        public Version Write(double at, JsonObject? data, int mountMax)
        {
            var version = new Version
            {
                Number = Current + 1,
                Created = at,
                Data = data,
            };
            Versions[version.Number] = version;
            var most =
                MaxVersions > 0 ? MaxVersions
                : mountMax > 0 ? mountMax
                : 10;
            foreach (var old in Versions.Keys.Where(n => n <= version.Number - most).ToArray())
            {
                Versions.Remove(old);
                Oldest = old + 1;
            }
            return version;
        }
    }

    private sealed class Version
    {
        public required int Number { get; init; }
        public required double Created { get; init; }
        public JsonObject? Data { get; set; }
        public double? Deleted { get; set; }
        public bool Destroyed { get; set; }
    }
}
