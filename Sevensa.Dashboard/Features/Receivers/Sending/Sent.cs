using System.Net;

namespace Sevensa.Dashboard.Features.Receivers.Sending;

/// <summary>What became of one try.</summary>
/// <param name="Status">Null when no answer came.</param>
/// <param name="Trouble">Why it was not taken; null when it was.</param>
/// <param name="RetryAfter">When the receiver wants to be asked again, if it said so.</param>
internal sealed record Sent(int? Status, string? Trouble, TimeSpan? RetryAfter = null)
{
    public bool IsTaken => Trouble is null;

    /// <summary>What is to be said of one that was taken, such as whom it did not reach.</summary>
    public string? Remark { get; init; }

    /// <summary>What is kept of it.</summary>
    public string? Words => Trouble ?? Remark;

    /// <summary>It says that it will never take anything again (410).</summary>
    public bool IsGone => Status == (int)HttpStatusCode.Gone;

    /// <summary>It says that it was told too much, and for how long it wants to be left alone.</summary>
    public bool IsTooMuch => Status == (int)HttpStatusCode.TooManyRequests && RetryAfter is not null;

    /// <summary>Nothing was sent, since it would not have been taken as things stood: no try of this event.</summary>
    public bool IsUnsent { get; init; }
}
