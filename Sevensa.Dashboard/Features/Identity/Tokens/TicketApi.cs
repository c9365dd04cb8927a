using Microsoft.AspNetCore.Http.HttpResults;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Identity.Tokens;

/// <param name="Ticket">Goes into the query of one WebSocket address: <c>?ticket=…</c>.</param>
internal sealed record IssuedTicket(string Ticket, DateTimeOffset ExpiresAt);

internal static class TicketApi
{
    public static void MapTickets(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/v1/tickets", IssueAsync)
            .RequireAuthorization(Policies.Portal)
            .WithTags("Access")
            .WithSummary("A ticket for one WebSocket, valid for a minute");

    private static async Task<Created<IssuedTicket>> IssueAsync(
        ICurrentCaller current,
        TicketStore tickets,
        CancellationToken cancellation
    )
    {
        var (ticket, expiresAt) = await tickets.AddAsync(await current.GetAsync(cancellation), cancellation);
        return TypedResults.Created((string?)null, new IssuedTicket(ticket, expiresAt));
    }
}
