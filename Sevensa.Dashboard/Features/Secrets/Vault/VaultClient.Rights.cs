namespace Sevensa.Dashboard.Features.Secrets.Vault;

/// <summary>What the dashboard's own token may do.</summary>
internal sealed partial class VaultClient
{
    /// <summary>What the dashboard's token may do at each of some paths; <c>root</c> for all.</summary>
    internal async Task<IReadOnlyDictionary<string, IReadOnlyList<string>>> CapabilitiesAsync(
        IReadOnlyList<string> paths,
        CancellationToken cancellation
    )
    {
        const string self = "sys/capabilities-self";
        using var reply = await AskWithTokenAsync(
            token =>
                Request(
                    HttpMethod.Post,
                    self,
                    token,
                    JsonContent.Create(new VaultPathsAsked(paths), VaultJson.Default.VaultPathsAsked)
                ),
            self,
            cancellation
        );
        if (reply.Refusal is { } refusal)
        {
            throw ToldUnlessOfThePath(refusal);
        }
        return (
                await ReadAsync(
                    reply.Answer,
                    VaultJson.Default.VaultAnswerIReadOnlyDictionaryStringIReadOnlyListString,
                    cancellation
                )
            ).Data
            ?? throw Told(Garbled("no capabilities"));
    }
}
