using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Security;

namespace Sevensa.Dashboard.Features.Actions;

/// <summary>
/// What happened to a proposal, chained row by row; the proposal holds the newest row's hash and seal. What the record says of
/// a state is then borne out by the steps and outputs that led there.
/// </summary>
internal sealed class ProposalEventChain(ProposalStore store, StoreKey key) : IChainedRecord
{
    private const string Name = "proposal events";
    private const string Chains = "proposal/";

    public static string HashOf(string previous, ProposalEventRow row) =>
        HashChain.Next(previous, row.ProposalId, row.Id, row.Type, row.At, row.DataJson, row.Report);

    /// <summary>What the event that a decision led to holds of it.</summary>
    public static string HashOf(ProposalDecisionRow row) =>
        row.Token is null
            ? HashChain.Next(
                HashChain.Origin,
                row.ProposalId,
                row.ById,
                row.ByName,
                row.Verdict,
                row.At,
                row.Comment,
                row.Counts
            )
            : HashChain.Next(
                HashChain.Origin,
                row.ProposalId,
                row.ById,
                row.ByName,
                row.Verdict,
                row.At,
                row.Comment,
                row.Counts,
                row.Client,
                row.Token
            );

    public static byte[] Seal(StoreKey key, ProposalRow row) =>
        HashChain.Seal(key, ChainOf(row.Id), row.LastEvent, row.EventsHash);

    /// <summary>The seal by the key in use, of one by another key of the file; null when it is by that already.</summary>
    /// <exception cref="Platform.Storage.StoreException">It is not this proposal's.</exception>
    public static byte[]? SealAnew(StoreKey key, string id, long lastEvent, string hash, byte[] seal) =>
        HashChain.SealAnew(key, ChainOf(id), lastEvent, hash, seal);

    /// <summary>How far a proposal's events go.</summary>
    public static ChainMark MarkOf(ProposalRow row) => new(ChainOf(row.Id), row.LastEvent, row.EventsHash);

    public async Task<ChainVerification> VerifyAsync(ToldChains told, CancellationToken cancellation)
    {
        var count = 0L;
        ChainedEvent? last = null;
        string? said = null;
        var decided = new List<string>();
        var untold = new List<string>();
        // Those that the record tells of; each is crossed off where its events go as far.
        var awaited = told.Of(Chains).ToHashSet(StringComparer.Ordinal);
        await foreach (var next in store.AllEventsAsync(cancellation))
        {
            var begins = last is null || last.Row.ProposalId != next.Row.ProposalId;
            if (begins && last is not null && WrongEnd(last) is { } wrong)
            {
                return wrong;
            }
            var (number, hash) = begins ? (0L, HashChain.Origin) : (last!.Row.Id, last.Row.Hash);
            if (next.Row.Id != number + 1)
            {
                return Bad(next.Row.ProposalId, number + 1, "It is missing.");
            }
            if (HashOf(hash, next.Row) != next.Row.Hash)
            {
                return Bad(
                    next.Row.ProposalId,
                    next.Row.Id,
                    "It is not what was written, or the one before it was another."
                );
            }
            var chain = ChainOf(next.Row.ProposalId);
            if (told.Contradict(chain, next.Row.Id, next.Row.Hash))
            {
                return Bad(next.Row.ProposalId, next.Row.Id, "It is not the one that the record tells of.");
            }
            if (next.Row.Id == told.Farthest(chain))
            {
                awaited.Remove(chain);
            }
            if (begins)
            {
                if (told.Farthest(chain) == 0)
                {
                    untold.Add(chain);
                }
                said = null;
                decided.Clear();
            }
            if (next.Row.Type == "state")
            {
                var data = JsonNode.Parse(next.Row.DataJson);
                said = (string?)data?["state"];
                if ((string?)data?["decision"] is { } decision)
                {
                    decided.Add(decision);
                }
            }
            last = next;
            count++;
        }
        return (last is null ? null : WrongEnd(last))
            ?? (
                await store.WithoutEventsAsync(cancellation) is { } none
                    ? Bad(none, 1, "All of this proposal's events are missing.")
                : awaited.Min(StringComparer.Ordinal) is { } gone
                    ? Bad(
                        gone[Chains.Length..],
                        1,
                        "The record tells of this proposal, and it was taken away with all its events."
                    )
                : new ChainVerification(Name, count) { Untold = untold }
            );

        ChainVerification? WrongEnd(ChainedEvent end) =>
            end.LastEvent is not { } known ? Bad(end.Row.ProposalId, end.Row.Id, "Its proposal was taken away.")
            : known > end.Row.Id
                ? Bad(end.Row.ProposalId, end.Row.Id + 1, $"Events {end.Row.Id + 1} to {known} were cut off the end.")
            : known != end.Row.Id
            || !HashChain.IsSealed(key, ChainOf(end.Row.ProposalId), known, end.Row.Hash, end.EventsSeal)
                ? Bad(end.Row.ProposalId, end.Row.Id, "The seal of the newest event is not this program's.")
            : told.Farthest(ChainOf(end.Row.ProposalId)) is var farthest && farthest > known
                ? Bad(
                    end.Row.ProposalId,
                    known + 1,
                    $"The record tells of events up to {farthest}: the proposal was put back to what it was before."
                )
            : end.State is { } state && Word(state) is var word && word != said
                ? Bad(
                    end.Row.ProposalId,
                    known,
                    $"The proposal says that it is {word}, and its events that it is {said ?? "in no state"}."
                )
            : !end.Decisions.Order(StringComparer.Ordinal).SequenceEqual(decided.Order(StringComparer.Ordinal))
                ? Bad(
                    end.Row.ProposalId,
                    known,
                    $"Its decisions are not those that its events tell of: {end.Decisions.Count} are there, and {decided.Count} were made. One was taken away, changed or put in."
                )
            : null;

        ChainVerification Bad(string id, long number, string reason) => new(Name, count, $"{id}/{number}", reason);
    }

    private static string ChainOf(string proposalId) => Chains + proposalId;

    private static string Word(ProposalState state) => JsonNamingPolicy.CamelCase.ConvertName(state.ToString());
}

/// <param name="LastEvent">What the proposal says of its newest event; null when there is no such proposal.</param>
/// <param name="State">What the proposal says that it is.</param>
/// <param name="Decisions">Hashes of the proposal's decisions.</param>
internal sealed record ChainedEvent(
    ProposalEventRow Row,
    long? LastEvent,
    byte[]? EventsSeal,
    ProposalState? State,
    IReadOnlyCollection<string> Decisions
);
