using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Sandbox.Vault;

/// <summary>Secrets by path, and what holds for all of them.</summary>
internal sealed class KvMount
{
    public Dictionary<string, KvSecret> Secrets { get; } = new(StringComparer.Ordinal);
    public int MaxVersions { get; set; }
    public bool CasRequired { get; set; }

    /// <summary>Of version 1 of the engine: one value under each path.</summary>
    public bool IsFirst { get; init; }

    public KvSecret? Find(string[] path) => Secrets.GetValueOrDefault(string.Join('/', path));

    /// <exception cref="VaultRefusal">There is none.</exception>
    public KvSecret Known(string[] path) => Find(path) ?? throw new VaultRefusal(404);

    /// <summary>What stands in a folder: names of secrets, and of folders with a slash.</summary>
    public IEnumerable<string> Keys(string[] path)
    {
        var prefix = string.Concat(path.Select(p => p + "/"));
        return Secrets
            .Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal))
            .Select(k => k[prefix.Length..])
            .Select(k => k.IndexOf('/') is >= 0 and var at ? k[..(at + 1)] : k)
            .Distinct()
            .Order(StringComparer.Ordinal);
    }

    /// <summary>All secrets below a folder by the rest of their path, the nearest first.</summary>
    public IEnumerable<KeyValuePair<string, KvSecret>> Below(string[] path)
    {
        var prefix = string.Concat(path.Select(p => p + "/"));
        return Secrets
            .Where(s => s.Key.StartsWith(prefix, StringComparison.Ordinal))
            .Select(s => KeyValuePair.Create(s.Key[prefix.Length..], s.Value))
            .OrderBy(s => s.Key.Count(c => c == '/'))
            .ThenBy(s => s.Key, StringComparer.Ordinal);
    }

    public KvMount Copy()
    {
        var copy = new KvMount
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

/// <summary>One secret with those of its versions that are kept.</summary>
internal sealed class KvSecret
{
    public SortedDictionary<int, KvVersion> Versions { get; } = [];
    public required double Created { get; init; }
    public JsonObject? Custom { get; set; }
    public int MaxVersions { get; set; }
    public bool CasRequired { get; set; }

    /// <summary>Seconds after which each new version is deleted by itself; 0 for never.</summary>
    public long DeleteAfter { get; set; }
    public int Current => Versions.Count == 0 ? 0 : Versions.Keys.Max();
    public int Oldest { get; private set; }

    public KvSecret Copy()
    {
        var copy = new KvSecret
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
            copy.Versions[number] = new KvVersion
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

    /// <summary>Makes the next version; the oldest go as soon as there are too many.</summary>
    /// <param name="mountMax">How many the mount keeps of each secret; 0 for Vault's own number.</param>
    public KvVersion Write(double at, JsonObject? data, int mountMax)
    {
        var version = new KvVersion
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

internal sealed class KvVersion
{
    public required int Number { get; init; }
    public required double Created { get; init; }

    /// <summary>Null when it was destroyed, or written as nothing.</summary>
    public JsonObject? Data { get; set; }

    /// <summary>Unix time; one that lies ahead is an end.</summary>
    public double? Deleted { get; set; }

    public bool Destroyed { get; set; }
}
