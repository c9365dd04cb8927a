using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Sevensa.Dashboard.Platform.Storage.Presence;

/// <summary>A dashboard that works on this store: it says so anew every half minute.</summary>
internal sealed class Replica
{
    /// <summary>Made at its start; another start is another one.</summary>
    public required string Id { get; init; }

    /// <summary>Name of the machine or container that it runs on.</summary>
    public required string Machine { get; init; }
    public required string Version { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public required DateTimeOffset SeenAt { get; set; }
}

internal sealed class ReplicaTable : IEntityTypeConfiguration<Replica>
{
    public const int LongestMachine = 100;
    public const int LongestVersion = 60;

    public void Configure(EntityTypeBuilder<Replica> builder)
    {
        builder.ToTable("Replicas").HasKey(one => one.Id);
        builder.Property(one => one.Id).HasMaxLength(32);
        builder.Property(one => one.Machine).HasMaxLength(LongestMachine);
        builder.Property(one => one.Version).HasMaxLength(LongestVersion);
    }
}
