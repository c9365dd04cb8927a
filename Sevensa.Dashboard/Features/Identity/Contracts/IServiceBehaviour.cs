namespace Sevensa.Dashboard.Features.Identity.Contracts;

/// <summary>What is unlike a service.</summary>
/// <param name="What">In a few words: <c>Many restarts</c>. Of one service there is one of each at a time.</param>
/// <param name="Detail">What was seen, beside what is usual.</param>
/// <param name="Meaning">What it can mean, and what to do.</param>
/// <param name="Since">When it was seen first.</param>
/// <param name="EndedAt">When it was seen to be over; null while it is not.</param>
public sealed record ServiceOddity(
    string Tenant,
    string Service,
    string What,
    string Detail,
    string Meaning,
    DateTimeOffset Since,
    DateTimeOffset? EndedAt = null
);

/// <summary>How services behave, as one source knows it.</summary>
/// <param name="LookedAt">When it was looked at last; null while that never ended well.</param>
/// <param name="Trouble">Why it could not be looked at, with what to do; null when it could.</param>
/// <param name="Young">Of what there is not enough history to say what is usual.</param>
public sealed record ServiceLook(
    DateTimeOffset? LookedAt,
    string? Trouble,
    IReadOnlyList<ServiceOddity> Odd,
    IReadOnlyList<string> Young
);

/// <summary>A source that compares what services do with what is usual of them. For administrators: it knows all tenants.</summary>
public interface IServiceBehaviour
{
    /// <summary>What it looks at, as the beginning of a sentence.</summary>
    string Looks { get; }

    ValueTask<ServiceLook> LookAsync(CancellationToken cancellation);
}
