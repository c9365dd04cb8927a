using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Secrets.Accesses;

/// <inheritdoc cref="AccessList"/>
internal sealed record AccessPage(
    IReadOnlyList<SecretAccess> Items,
    string? Next,
    DateTimeOffset KnownSince,
    bool Complete
);

/// <summary>Which accesses: all that are left out are not narrowed by.</summary>
/// <param name="From">Seven days ago when left out.</param>
/// <param name="To">Now when left out.</param>
/// <param name="Path">Below the tenant.</param>
/// <param name="Unusual">Only those with a mark.</param>
internal readonly record struct AccessesAsked(
    DateTimeOffset? From,
    DateTimeOffset? To,
    string? Path,
    string? Reader,
    bool? Unusual
);

internal static class AccessesApi
{
    private const int Usual = 200;

    private static readonly ListOrder<SecretAccess> Newest = new ListOrder<SecretAccess>("secret accesses")
        .ByNewest(one => one.At)
        .By(one => one.Id);

    public static void MapAccessesApi(this IEndpointRouteBuilder api) =>
        api.MapGet("/tenants/{tenant}/secrets/accesses", ListAsync)
            .WithSummary(
                "Who used which secret of a tenant and what is unusual about it, from Vault's audit log; the newest first"
            );

    private static async Task<AccessPage> ListAsync(
        string tenant,
        [AsParameters] AccessesAsked wanted,
        [AsParameters] PageAsked asked,
        [FromServices] AccessRecord record,
        [FromServices] ITenantScopes scopes,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        Newest.Check(asked);
        var scope = await scopes.ForAsync(await callers.GetAsync(cancellation), tenant, cancellation);
        if ((wanted.From ?? wanted.To ?? DateTimeOffset.MaxValue).Year < 1970 || wanted.To?.Year < 1970)
        {
            throw new BadHttpRequestException("There is no record of a time before 1970.");
        }
        var (from, to) = record.Usual();
        (from, to) = (wanted.From ?? (wanted.To?.AddDays(-7) ?? from), wanted.To ?? to);
        if (from >= to || to - from > AccessRecord.Longest)
        {
            throw new BadHttpRequestException(
                $"\"from\" is before \"to\", by {AccessRecord.Longest.Days} days at most."
            );
        }
        var list = await record.OfAsync(scope, tenant, from, to, cancellation);
        var page = Newest.Page(
            list.Items.Where(one =>
                (string.IsNullOrWhiteSpace(wanted.Path) || one.Path == wanted.Path.Trim())
                && (string.IsNullOrWhiteSpace(wanted.Reader) || one.Reader == wanted.Reader.Trim())
                && (wanted.Unusual != true || one.Marks.Count > 0)
            ),
            asked,
            one => one,
            Usual
        );
        return new AccessPage(page.Items, page.Next, list.KnownSince, list.Complete);
    }
}
