namespace Sevensa.Dashboard.Features.Reachability.Graph;

internal enum EndKind
{
    Service,

    /// <summary>Whoever reaches an address of a host from outside.</summary>
    Internet,

    /// <summary>A host itself: who has it has everything on it.</summary>
    Host,

    /// <summary>A service of a tenant that the asker does not see.</summary>
    Hidden,

    /// <summary>An address that is no container's, of a private network or of a host.</summary>
    Private,
}

/// <summary>One side of a flow.</summary>
/// <param name="Tenant">Null for what is no tenant's.</param>
/// <param name="Name">Of the service or the host.</param>
internal sealed record FlowEnd(EndKind Kind, string? Tenant, string Name)
{
    public static FlowEnd Internet { get; } = new(EndKind.Internet, null, "internet");

    public static FlowEnd PrivateNetwork { get; } = new(EndKind.Private, null, "a private network");

    /// <summary>A host as others meet it on the network, which is not to have it.</summary>
    public static FlowEnd AddressOf(string host) => new(EndKind.Private, null, $"{host}'s own address");

    public static FlowEnd Hidden { get; } = new(EndKind.Hidden, null, "another tenant");

    public static FlowEnd Host(string name) => new(EndKind.Host, null, name);

    // Fixed: what is made of them below would not change with them.
    public EndKind Kind { get; } = Kind;
    public string? Tenant { get; } = Tenant;
    public string Name { get; } = Name;

    // Some hundred services have some hundred thousand ways between them, and each is looked up by its ends several times.
    private readonly int hash = HashCode.Combine(Kind, Tenant, Name);

    /// <summary>A service's name, with whose it is.</summary>
    public string Whole { get; } = $"{Tenant ?? "nobody"}/{Name}";

    /// <summary>The name that its containers have: <c>rentguy-api</c>.</summary>
    public string Dashed { get; } = $"{Tenant}-{Name}";

    public bool Equals(FlowEnd? other) =>
        ReferenceEquals(this, other)
        || (
            other is not null
            && hash == other.hash
            && Kind == other.Kind
            && Tenant == other.Tenant
            && Name == other.Name
        );

    public override int GetHashCode() => hash;

    /// <summary>As a tenant's own people write it: its own services by their names, others as <c>tenant/service</c>.</summary>
    public string For(string tenant) =>
        Kind switch
        {
            EndKind.Service when Tenant == tenant => Name,
            EndKind.Service => Whole,
            EndKind.Host => $"host {Name}",
            _ => Name,
        };
}

/// <summary>A way that one service has to another.</summary>
/// <param name="Port"><c>5432/tcp</c>; null when it is not known what listens there, and any port would be reached.</param>
/// <param name="Ways">How, in words.</param>
/// <param name="Unseen">Why a connection by one of the ways would not be seen as one of the two; null when it would by all.</param>
internal sealed record PossibleFlow(
    FlowEnd From,
    FlowEnd To,
    string? Port,
    IReadOnlyList<string> Ways,
    string? Unseen = null
);
