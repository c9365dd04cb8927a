namespace Sevensa.Dashboard.Features.Actions.Contracts;

/// <summary>What a person has to do elsewhere before a plan that is under way goes on; the proposal leads there.</summary>
public interface IAwaitedDeed
{
    /// <summary>Null when plans of its kind wait for nobody.</summary>
    AwaitedDeed? Of(Proposal proposal);
}

/// <param name="Title">What is to be done, as a link says it.</param>
/// <param name="Href">Where.</param>
public sealed record AwaitedDeed(string Title, string Href);
