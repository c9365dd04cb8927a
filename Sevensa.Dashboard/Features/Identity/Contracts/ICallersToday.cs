namespace Sevensa.Dashboard.Features.Identity.Contracts;

/// <summary>Whoever began something that goes on without them, with what they may at this moment.</summary>
public interface ICallersToday
{
    /// <summary>Why somebody is none of them any more, behind their name.</summary>
    const string WhyNone =
        "has no account any more, or it is disabled, or a provider's claim gave it and was not looked at for twelve hours";

    /// <summary>
    /// A person with role and tenants of now. Null when the account is gone or disabled, or a provider's claim gave it and was not
    /// looked at for too long.
    /// </summary>
    ValueTask<Caller?> PersonAsync(string subject, CancellationToken cancellation);

    /// <summary>A program of its own with role, tenants and scopes of now. Null when its client is gone, disabled, or has no power of its own.</summary>
    ValueTask<Caller?> ProgramAsync(string subject, CancellationToken cancellation);
}
