namespace Sevensa.Dashboard.Features.Identity.Contracts;

/// <summary>Programs that act for nobody but themselves, by the subject that their <see cref="Caller"/> carries.</summary>
public interface IPrograms
{
    /// <summary>Null for a client that acts for people, and for one that is not there any more.</summary>
    ValueTask<string?> NameAsync(string subject, CancellationToken cancellation);
}
