using System.Globalization;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Secrets.Accesses;

/// <summary>Somebody who read a secret lately, by Vault's audit log, whether or not a container's label says so.</summary>
/// <param name="Reader">The role of an AppRole, a user, or the name of the token.</param>
/// <param name="Times">How often it was given out to them.</param>
/// <param name="Addresses">From where, at most five.</param>
public sealed record SeenReader(string Reader, int Times, DateTimeOffset LastAt, IReadOnlyList<string> Addresses);

/// <summary>Who uses a secret, as far as Vault's audit log tells: the ones whom no label and no mount names among them.</summary>
internal sealed class SeenReaders(AccessRecord record, IOptions<SecretsOptions> options)
{
    /// <summary>Nobody waits longer for it: what it adds can be done without.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private const int MostAddresses = 5;

    /// <summary>Of the last fourteen days, who read most lately first; null where the log is not read here or does not answer.</summary>
    public async Task<IReadOnlyList<SeenReader>?> OfAsync(
        TenantScope scope,
        string tenant,
        string path,
        CancellationToken cancellation
    )
    {
        if (options.Value.AuditLogs is not { Length: > 0 })
        {
            return null;
        }
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        try
        {
            return
            [
                .. (await record.LatelyAsync(scope, tenant, patience.Token))
                    .Where(line => line is { Operation: "read", Error: null } && line.Path == path)
                    .GroupBy(line => line.Reader, StringComparer.Ordinal)
                    .Select(lines => new SeenReader(
                        lines.Key,
                        lines.Count(),
                        lines.Max(line => line.At),
                        [
                            .. lines
                                .Select(line => line.Address)
                                .OfType<string>()
                                .Distinct(StringComparer.Ordinal)
                                .Order(StringComparer.Ordinal)
                                .Take(MostAddresses),
                        ]
                    ))
                    .OrderByDescending(reader => reader.LastAt)
                    .ThenBy(reader => reader.Reader, StringComparer.Ordinal),
            ];
        }
        catch (UpstreamException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>What a person should know of them before the value changes; null where nothing is known of any.</summary>
    public async Task<string?> NoteAsync(
        TenantScope scope,
        string tenant,
        string path,
        CancellationToken cancellation
    ) =>
        await OfAsync(scope, tenant, path, cancellation) is { Count: > 0 } seen
            ? $"By Vault's audit log it was read in the last 14 days by {string.Join("; ", seen.Select(Words))}. Whom no label of a container names is not restarted."
            : null;

    private static string Words(SeenReader reader) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{reader.Reader} {reader.Times}×, last {reader.LastAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC"
        );
}
