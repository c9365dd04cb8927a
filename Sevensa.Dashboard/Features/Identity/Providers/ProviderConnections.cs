using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Identity.Providers;

/// <summary>How it last went by each provider, since this program was started.</summary>
internal sealed class ProviderNews(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, (DateTimeOffset? CameAt, string? Trouble)> known = new(
        StringComparer.Ordinal
    );

    public (DateTimeOffset? CameAt, string? Trouble) Of(string provider) => known.GetValueOrDefault(provider);

    /// <summary>Somebody came from there, whether they are let in or not.</summary>
    public void Came(string provider) => known[provider] = (time.GetUtcNow(), null);

    /// <param name="failure">Of an answer that nobody asked for nothing is kept: anybody can send one.</param>
    public void Failed(string provider, Exception? failure, string shown)
    {
        if (failure is not ProviderDenialException && !ProviderTroubles.IsStray(failure))
        {
            known[provider] = (Of(provider).CameAt, ProviderTroubles.Of(failure, shown));
        }
    }
}

/// <summary>Providers by which people sign in, among the connections.</summary>
internal sealed class ProviderConnections(IOptions<IdentityOptions> identity, ProviderNews news) : IConnections
{
    public Task<IReadOnlyList<Connection>> ForAsync(Caller caller, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<Connection>>(
            caller.IsStaff ? [.. identity.Value.Providers.Select(one => Of(one.Key, one.Value))] : []
        );

    private Connection Of(string name, ProviderOptions provider)
    {
        var (came, trouble) = news.Of(name);
        return new Connection(
            "Sign-in",
            provider.DisplayName is { Length: > 0 } shown ? shown : name,
            trouble is not null ? ConnectionState.Troubled
                : came is null ? ConnectionState.Waits
                : ConnectionState.Works,
            came,
            trouble,
            trouble is not null ? $"Check Identity:Providers:{name}, and whether {provider.Authority} answers."
                : came is null ? "Nobody came by it since this dashboard was started."
                : null,
            null
        );
    }
}
