using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Identity.Pages;

/// <summary>What is done on a page once whoever sits there has given their password or a code again.</summary>
/// <param name="DoAsync">With what they gave.</param>
public sealed record Wish(string Title, string Why, string Button, Func<Caller, string, Task> DoAsync)
{
    /// <summary>Somebody has less afterwards, which the button warns of.</summary>
    public bool TakesAway { get; init; }
}
