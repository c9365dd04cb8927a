using System.Collections.Immutable;

namespace Sevensa.Dashboard.Sandbox.Fleet;

/// <summary>One run of a container's process, in Unix seconds.</summary>
/// <remarks>End: Null while it runs.</remarks>
internal sealed record Lifespan(double Start, double? End = null, int ExitCode = 0)
{
    public bool Covers(double t) => t >= Start && (End is null || t < End);
}

/// <summary>A name of an image on a host.</summary>
internal sealed record FleetImage(string Host, string Repository, string Tag, double Created, long Size)
{
    /// <summary>Repository and tag of an image that has lost its name, or was pulled by digest.</summary>
    public const string Nameless = "<none>";

    private readonly string? _builtAs;

    /// <summary>The name under which it was built, from which its id comes; differs from <see cref="Name"/> once tagged anew.</summary>
    public string BuiltAs
    {
        get => _builtAs ?? Name;
        init => _builtAs = value;
    }

    public string Name => $"{Repository}:{Tag}";

    public bool Named => Tag != Nameless;

    /// <summary>The image id: equal builds are equal images, whichever host holds them.</summary>
    public string Id => "sha256:" + Noise.Hex("image " + BuiltAs, 64);

    public string Digest => $"{BuiltAs[..BuiltAs.LastIndexOf(':')]}@sha256:" + Noise.Hex("digest " + BuiltAs, 64);
}

/// <summary>A container now or in the past of the fleet. Changed by replacement only.</summary>
internal sealed record FleetContainer
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required string Host { get; init; }
    public required string ImageName { get; init; }
    public required string ImageId { get; init; }
    public required ImmutableSortedDictionary<string, string> Labels { get; init; }
    public required double Created { get; init; }
    public long MemoryLimit { get; init; }
    public ImmutableArray<Lifespan> Lifespans { get; init; } = [];
    public ImmutableArray<string> Networks { get; init; } = [];

    /// <summary>Endpoint settings by network, as they were posted; what is absent is as Compose has it.</summary>
    public ImmutableDictionary<string, string> Endpoints { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Restarts that Docker did by itself (after a crash), since creation.</summary>
    public int RestartCount { get; init; }
    public bool Paused { get; init; }

    /// <summary>When it was removed; such a container lives on in metrics and logs only.</summary>
    public double? Removed { get; init; }

    /// <summary>Seconds after a start in which the health check has not yet passed.</summary>
    public const double StartsHealthyAfter = 3;

    public string Tenant => Labels.GetValueOrDefault("sevensa.tenant", "");
    public string Service => Labels.GetValueOrDefault("com.docker.compose.service", "");
    public ServiceProfile? Profile => FleetCatalogue.Find(Tenant, Service);
    public Lifespan? Last => Lifespans.IsEmpty ? null : Lifespans[^1];
    public bool Running => Removed is null && Last is { End: null };

    public Lifespan? At(double t)
    {
        for (var i = Lifespans.Length - 1; i >= 0; i--)
        {
            if (Lifespans[i].Covers(t))
            {
                return Lifespans[i];
            }
        }
        return null;
    }

    /// <summary>Runs crash-restarted before <paramref name="t"/>, as Docker counts them.</summary>
    public int RestartsBefore(double t) =>
        Math.Min(RestartCount, Lifespans.Count(l => l.ExitCode != 0 && l.End is { } end && end <= t));
}
