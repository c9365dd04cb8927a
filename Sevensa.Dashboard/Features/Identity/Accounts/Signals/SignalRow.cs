using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Signals;

/// <summary>That a session is unlike its person: until they prove that it is them, it opens less.</summary>
internal sealed class SignalRow
{
    public required string Id { get; init; }
    public required string PersonId { get; init; }

    /// <summary>What stays of the session's id (<see cref="SessionStore.RootOf"/>).</summary>
    public required string Session { get; init; }

    /// <summary>Of <see cref="SignalKinds"/>.</summary>
    public required string Kind { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>What was seen, as a sentence.</summary>
    public required string Detail { get; init; }
    public DateTimeOffset? LiftedAt { get; set; }

    /// <summary>By what, as in "lifted by …".</summary>
    public string? LiftedBy { get; set; }
}

internal sealed class SignalTable : IEntityTypeConfiguration<SignalRow>
{
    public void Configure(EntityTypeBuilder<SignalRow> builder)
    {
        builder.ToTable("Signals");
        builder.HasKey(row => row.Id);
        builder.Property(row => row.Id).HasMaxLength(32);
        builder.Property(row => row.PersonId).HasMaxLength(64);
        builder.Property(row => row.Session).HasMaxLength(64);
        builder.Property(row => row.Kind).HasMaxLength(16);
        builder.HasIndex(row => row.Session);
    }
}

/// <summary>What can be unlike somebody, and what that means to whoever reads it.</summary>
internal static class SignalKinds
{
    public const string NewDevice = "newDevice";
    public const string UnusualHour = "unusualHour";
    public const string Denials = "denials";
    public const string Reads = "reads";
    public const string ImpossibleTravel = "impossibleTravel";

    public static string Title(string kind) =>
        kind switch
        {
            NewDevice => "A browser never seen before",
            UnusualHour => "An unusual hour",
            Denials => "Many refusals",
            Reads => "Many secrets or exports read",
            ImpossibleTravel => "An impossible journey",
            _ => kind,
        };

    public static string Meaning(string kind) =>
        kind switch
        {
            NewDevice => "They have a new device or a cleared browser, or somebody else knows what lets them in.",
            UnusualHour => "They work at another time than in the last weeks, or somebody else does in their name.",
            Denials =>
                "A page or a person with too small a role, or somebody who tries what opens in a stolen session.",
            Reads => "A stocktaking, or somebody who carries away what can be read.",
            ImpossibleTravel =>
                "A tunnel (VPN) or a phone abroad, or somebody else in their name: with their password, or with the cookie of their session.",
            _ => "It is unlike them.",
        };

    /// <summary>How it stands with a signal.</summary>
    /// <param name="goOn">The sessions that go on.</param>
    public static string StateOf(SignalRow row, IReadOnlySet<string> goOn) =>
        row.LiftedAt is not null ? Lifted
        : goOn.Contains(row.Session) ? Open
        : Ended;

    public const string Open = "open";
    public const string Lifted = "lifted";

    /// <summary>Nobody proved anything, and the session is over.</summary>
    public const string Ended = "ended";

    public const string Advice =
        "Ask them, by another way than this one. If it was not them: end the session, and reset the account, since whoever it was knows what lets them in.";
}
