using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Scans.Saved;

/// <param name="Query">As in an address, without the question mark.</param>
/// <param name="Url">The page that shows it.</param>
internal sealed record SavedFilter(
    string Id,
    string Name,
    string Tenant,
    string Query,
    string Url,
    DateTimeOffset SavedAt
);

internal sealed record SavedFilterAsked(string? Name, string? Tenant, string? Query);

/// <summary>Answered as 404.</summary>
internal sealed class UnknownSavedFilterException(string id) : Exception($"You have no saved filter \"{id}\".");

/// <summary>Filters by name, each person's own.</summary>
internal sealed class SavedFilters(
    SavedFilterStore store,
    ITenants tenants,
    ITenantScopes scopes,
    IAuditLog audit,
    TimeProvider time
)
{
    public const int LongestName = 60;
    public const int LongestQuery = 500;

    /// <summary>Of one person, over all tenants.</summary>
    public const int Most = 100;

    /// <summary>What a filter may say; the rest of an address is nothing that one looks for again.</summary>
    private static readonly string[] Words =
    [
        "kind",
        "severity",
        "state",
        "owner",
        "overdue",
        "exposure",
        "running",
        "root",
        "exploited",
        "fixable",
        "image",
        "vulnerability",
        "order",
    ];

    /// <param name="tenant">Null: of all that the person sees.</param>
    /// <exception cref="UnknownTenantException">404</exception>
    public async Task<Page<SavedFilter>> ListAsync(
        Caller caller,
        string? tenant,
        PageAsked asked,
        CancellationToken cancellation
    )
    {
        SavedFilterStore.Check(asked);
        if (tenant is not null)
        {
            await scopes.ForAsync(caller, tenant, cancellation);
        }
        string[] seen = tenant is not null
            ? [tenant]
            : [.. (await tenants.VisibleAsync(caller, cancellation)).Select(one => one.Id)];
        var page = await store.PageAsync(caller.Subject, seen, asked, cancellation);
        return page.Select(Of);
    }

    /// <exception cref="UnknownTenantException">404</exception>
    /// <exception cref="UndecidableException">422</exception>
    public async Task<SavedFilter> SaveAsync(Caller caller, SavedFilterAsked asked, CancellationToken cancellation)
    {
        var tenant = asked.Tenant?.Trim() ?? "";
        await scopes.ForAsync(caller, tenant, cancellation);
        var name = TextLimits.Check((asked.Name ?? "").Trim(), "The name", LongestName);
        if (name.Length == 0)
        {
            throw new UndecidableException("A saved filter needs a name.");
        }
        if (!caller.IsPerson)
        {
            throw new ForbiddenException("Filters are kept for people; this token acts for nobody.");
        }
        var query = TextLimits.Check(Cleaned(asked.Query), "The filter", LongestQuery);
        if (await store.CountAsync(caller.Subject, cancellation) >= Most)
        {
            throw new UndecidableException(
                string.Create(CultureInfo.InvariantCulture, $"You have {Most} saved filters: remove one first.")
            );
        }
        var now = time.GetUtcNow();
        await AuditAsync(caller, "filter.saved", tenant, name, query, cancellation);
        return Of(
            await store.PutAsync(
                new SavedFilterRow
                {
                    Id = Guid.CreateVersion7(now).ToString("n"),
                    PersonId = caller.Subject,
                    Tenant = tenant,
                    Name = name,
                    Query = query,
                    SavedAt = now,
                },
                cancellation
            )
        );
    }

    /// <exception cref="UnknownSavedFilterException">404: it is nobody's, or another person's.</exception>
    public async Task RemoveAsync(Caller caller, string id, CancellationToken cancellation)
    {
        if (!await store.RemoveAsync(caller.Subject, id, cancellation))
        {
            throw new UnknownSavedFilterException(id.Length > 60 ? id[..60] : id);
        }
        await AuditAsync(caller, "filter.removed", null, id, null, cancellation);
    }

    private Task<long> AuditAsync(
        Caller caller,
        string action,
        string? tenant,
        string target,
        string? detail,
        CancellationToken cancellation
    ) => audit.AppendAsync(new AuditEntry(caller.Actor(), action, tenant, target, Detail: detail), cancellation);

    /// <summary>The words that filter, in one order, so that the same filter is the same text.</summary>
    private static string Cleaned(string? query)
    {
        var given = QueryHelpers.ParseQuery(query?.Trim() ?? "");
        return string.Join(
            '&',
            Words
                .Where(word => given.TryGetValue(word, out var value) && !string.IsNullOrEmpty(value.ToString()))
                .Select(word => $"{word}={Uri.EscapeDataString(given[word].ToString())}")
        );
    }

    private static SavedFilter Of(SavedFilterRow row) =>
        new(
            row.Id,
            row.Name,
            row.Tenant,
            row.Query,
            $"/tenants/{Uri.EscapeDataString(row.Tenant)}/scans{(row.Query.Length > 0 ? $"?{row.Query}" : "")}",
            row.SavedAt
        );
}
