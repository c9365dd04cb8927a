using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.Tokens;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Identity.Access;

/// <param name="Path">
/// What it is to open, path and query as the WebSocket will ask for them: <c>/api/v1/tenants/…/tail?query=…</c>. Without it, any
/// tail that its owner may read.
/// </param>
internal sealed record NewTicket(string? Path = null);

/// <param name="Ticket">Goes into the query of one WebSocket address: <c>?ticket=…</c>.</param>
internal sealed record IssuedTicket(string Ticket, DateTimeOffset ExpiresAt);

internal static class TicketApi
{
    public static void MapTickets(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/v1/tickets", IssueAsync)
            .RequireAuthorization(Policies.Portal)
            .WithTags("Access")
            .WithSummary(
                "A ticket for one WebSocket, valid for a minute: for the path in the body, or any tail without one"
            );

    private static async Task<Created<IssuedTicket>> IssueAsync(
        [FromBody(EmptyBodyBehavior = Microsoft.AspNetCore.Mvc.ModelBinding.EmptyBodyBehavior.Allow)] NewTicket? body,
        HttpContext context,
        TicketStore tickets,
        PublicAddress address,
        CancellationToken cancellation
    )
    {
        var path = TextLimits.Check(body?.Path, "The path", TicketStore.LongestAddress);
        if (
            path is not null
            && address.PathBase.HasValue
            && path.StartsWith(address.PathBase + "/", StringComparison.Ordinal)
        )
        {
            path = path[address.PathBase.Value!.Length..];
        }
        if (path is not null && !path.StartsWith("/api/", StringComparison.Ordinal))
        {
            throw new AccountException("A ticket is for a path of the API that begins with /api/, with its query.");
        }
        var (ticket, expiresAt) = await tickets.AddAsync(context.User, path, cancellation);
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Created((string?)null, new IssuedTicket(ticket, expiresAt));
    }
}
