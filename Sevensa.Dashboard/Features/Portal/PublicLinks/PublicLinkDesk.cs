using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Portal.PublicLinks;

/// <summary>A link that shows a tenant's portal to whoever has it.</summary>
/// <param name="Path">What follows the address of the program; signed, and the same link whenever it is shown.</param>
internal sealed record PublicLink(
    string Id,
    string Tenant,
    string Name,
    string CreatedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? RevokedAt,
    string Path
);

/// <summary>The name or the lifetime will not do.</summary>
internal sealed class UnfitPublicLinkException(string message) : Exception(message);

/// <summary>There is no such link of that tenant.</summary>
internal sealed class UnknownPublicLinkException() : Exception("There is no such link of this tenant.");

/// <summary>
/// Makes, lists, revokes and opens public links. What is in one is the link's id under the program's own keys: it can't be
/// guessed or altered, and a revoked or expired one opens nothing.
/// </summary>
internal sealed class PublicLinkDesk(
    PublicLinkStore links,
    IDataProtectionProvider protection,
    IStepUp stepUp,
    IAuditLog audit,
    ITenantScopes scopes,
    TimeProvider time
)
{
    public const int LongestDays = 3650;

    private readonly IDataProtector sealer = protection.CreateProtector("sevensa.portal.public-link");

    public async Task<IReadOnlyList<PublicLink>> OfAsync(Caller caller, string tenant, CancellationToken cancellation)
    {
        await RequireAsync(caller, tenant, cancellation);
        return [.. (await links.OfAsync(tenant, cancellation)).Select(Link)];
    }

    /// <summary>Newest first.</summary>
    public async Task<Page<PublicLink>> PageAsync(
        Caller caller,
        string tenant,
        PageAsked asked,
        CancellationToken cancellation
    )
    {
        await RequireAsync(caller, tenant, cancellation);
        return (await links.PageAsync(tenant, asked, cancellation)).Select(Link);
    }

    /// <exception cref="UnfitPublicLinkException">The name or the lifetime will not do.</exception>
    /// <exception cref="ForbiddenException">The caller's session is in doubt.</exception>
    public async Task<PublicLink> AddAsync(
        Caller caller,
        string tenant,
        string name,
        int days,
        CancellationToken cancellation
    )
    {
        await RequireAsync(caller, tenant, cancellation);
        await stepUp.RequireClearAsync(caller, "publicLink.add", cancellation);
        name = name.Trim();
        if (name.Length is 0 or > 100)
        {
            throw new UnfitPublicLinkException("Name who the link is for, in at most 100 characters.");
        }
        if (days is < 1 or > LongestDays)
        {
            throw new UnfitPublicLinkException($"A link lasts from 1 to {LongestDays} days.");
        }
        var now = time.GetUtcNow();
        var row = new PublicLinkRow
        {
            Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12)),
            Tenant = tenant,
            Name = name,
            CreatedBy = caller.Name,
            CreatedAt = now,
            ExpiresAt = now.AddDays(days),
        };
        await audit.AppendAsync(
            new AuditEntry(
                caller.Actor(),
                "portal.link-created",
                tenant,
                row.Id,
                Detail: $"Public link for {name}, until {row.ExpiresAt:yyyy-MM-dd}"
            ),
            cancellation
        );
        await links.AddAsync(row, cancellation);
        return Link(row);
    }

    /// <exception cref="UnknownPublicLinkException">There is none.</exception>
    public async Task RevokeAsync(Caller caller, string tenant, string id, CancellationToken cancellation)
    {
        await RequireAsync(caller, tenant, cancellation);
        var row = await links.FindAsync(id, cancellation);
        if (row is null || row.Tenant != tenant)
        {
            throw new UnknownPublicLinkException();
        }
        await audit.AppendAsync(
            new AuditEntry(caller.Actor(), "portal.link-revoked", tenant, id, Detail: $"Public link for {row.Name}"),
            cancellation
        );
        await links.RevokeAsync(id, time.GetUtcNow(), cancellation);
    }

    /// <summary>The tenant that a link shows; null when it is none, is over, or was revoked: one answer for all three.</summary>
    public async Task<string?> OpenAsync(string token, CancellationToken cancellation)
    {
        string id;
        try
        {
            id = sealer.Unprotect(token);
        }
        catch (Exception exception) when (exception is CryptographicException or FormatException)
        {
            return null;
        }
        var row = await links.FindAsync(id, cancellation);
        return row is { RevokedAt: null } && row.ExpiresAt > time.GetUtcNow() ? row.Tenant : null;
    }

    private async Task RequireAsync(Caller caller, string tenant, CancellationToken cancellation)
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        if (!caller.IsAdmin)
        {
            throw new UnauthorizedAccessException("Public links are an administrator's matter.");
        }
    }

    private PublicLink Link(PublicLinkRow row) =>
        new(
            row.Id,
            row.Tenant,
            row.Name,
            row.CreatedBy,
            row.CreatedAt,
            row.ExpiresAt,
            row.RevokedAt,
            $"/status/{sealer.Protect(row.Id)}"
        );
}
