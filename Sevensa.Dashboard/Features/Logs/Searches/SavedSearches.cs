using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Query.LogQl;

namespace Sevensa.Dashboard.Features.Logs.Searches;

/// <summary>Saved searches for a caller. Everybody who sees the tenant reads them; operators and administrators change them.</summary>
internal sealed class SavedSearches(SavedSearchStore store, ITenantScopes scopes, IAuditLog audit, TimeProvider time)
{
    /// <summary>More would be no list to choose from.</summary>
    private const int Most = 200;

    public static bool MayChange(Caller caller) => caller.MayArrange;

    /// <summary>By name.</summary>
    public async Task<Page<SavedSearch>> PageAsync(
        Caller caller,
        string tenant,
        PageAsked asked,
        CancellationToken cancellation
    )
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        return await store.PageAsync(tenant, asked, cancellation);
    }

    public async Task<IReadOnlyList<SavedSearch>> ListAsync(
        Caller caller,
        string tenant,
        CancellationToken cancellation
    )
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        return await store.ListAsync(tenant, cancellation);
    }

    public async Task<SavedSearch> FindAsync(Caller caller, string tenant, string id, CancellationToken cancellation)
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        return await store.FindAsync(tenant, id, cancellation) ?? throw new UnknownSearchException(tenant, id);
    }

    /// <exception cref="SearchRefusedException">The name or the query can't be saved.</exception>
    public async Task<SavedSearch> SaveAsync(
        Caller caller,
        string tenant,
        string? name,
        string? query,
        CancellationToken cancellation
    )
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        Allow(caller);
        var (called, read) = Check(name, query);
        var all = await store.ListAsync(tenant, cancellation);
        if (all.Count >= Most && all.All(search => search.Name != called))
        {
            throw new SearchRefusedException($"A tenant has at most {Most} saved searches: remove one first.");
        }
        await audit.AppendAsync(
            new AuditEntry(caller.Actor(), "search.saved", tenant, called, Detail: $"Saved search “{called}”: {read}"),
            cancellation
        );
        return await store.PutAsync(
            new SavedSearch
            {
                Id = Guid.CreateVersion7(time.GetUtcNow()).ToString("n"),
                Tenant = tenant,
                Name = called,
                Query = read,
                SavedBy = caller.Name,
                SavedAt = time.GetUtcNow(),
            },
            cancellation
        );
    }

    /// <summary>Name and query as they would be kept.</summary>
    /// <exception cref="SearchRefusedException">They can't be.</exception>
    public static (string Name, string Query) Check(string? name, string? query)
    {
        var called = (name ?? "").Trim();
        return called.Length is 0 or > SavedSearch.LongestName || called.Any(char.IsControl)
            ? throw new SearchRefusedException($"Give the search a name of 1 to {SavedSearch.LongestName} characters.")
            : (called, Read(query));
    }

    public async Task RemoveAsync(Caller caller, string tenant, string id, CancellationToken cancellation)
    {
        var search = await FindAsync(caller, tenant, id, cancellation);
        Allow(caller);
        await audit.AppendAsync(
            new AuditEntry(
                caller.Actor(),
                "search.removed",
                tenant,
                search.Name,
                Detail: $"Removed the saved search “{search.Name}”: {search.Query}"
            ),
            cancellation
        );
        await store.RemoveAsync(tenant, id, cancellation);
    }

    private static void Allow(Caller caller)
    {
        if (!MayChange(caller))
        {
            throw new ForbiddenException("Saved searches are changed by operators and administrators.");
        }
    }

    private static string Read(string? query)
    {
        if (string.IsNullOrWhiteSpace(query) || query.Length > SavedSearch.LongestQuery)
        {
            throw new SearchRefusedException($"Give a query of 1 to {SavedSearch.LongestQuery} characters.");
        }
        try
        {
            return LogQlScoper.Read(query).ToString()!;
        }
        catch (LogQlException refused)
        {
            throw new QueryRefusedException(refused.LokiMessage, refused.Line, refused.Column);
        }
    }
}

internal sealed class SearchProblems : IProblemSource
{
    public ProblemDetails? For(Exception exception) =>
        exception switch
        {
            SearchRefusedException => new ProblemDetails
            {
                Status = 422,
                Title = "The search can't be saved",
                Detail = exception.Message,
            },
            UnknownSearchException => new ProblemDetails
            {
                Status = 404,
                Title = "No such search",
                Detail = exception.Message,
            },
            _ => null,
        };
}
