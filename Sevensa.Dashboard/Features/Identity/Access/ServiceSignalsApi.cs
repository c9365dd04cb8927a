using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Identity.Access;

/// <param name="Id">The tenant, the service and what it is.</param>
/// <param name="State"><c>open</c> while it goes on, else <c>ended</c>.</param>
internal sealed record ServiceSignalAnswer(
    string Id,
    string Tenant,
    string Service,
    string What,
    string Detail,
    string Meaning,
    string State,
    DateTimeOffset Since,
    DateTimeOffset? EndedAt
);

/// <summary>How far one source of them knows.</summary>
/// <param name="Looks">What it looks at.</param>
/// <param name="Trouble">Why it could not look.</param>
/// <param name="Young">Of what there is not enough history.</param>
internal sealed record ServiceLookAnswer(
    string Looks,
    DateTimeOffset? LookedAt,
    string? Trouble,
    IReadOnlyList<string> Young
);

/// <param name="Looks">Without a look nothing of it is known to be as usual.</param>
internal sealed record ServiceSignalsAnswer(
    IReadOnlyList<ServiceSignalAnswer> Items,
    string? Next,
    IReadOnlyList<ServiceLookAnswer> Looks
);

/// <summary>What is unlike services, for administrators.</summary>
internal static class ServiceSignalsApi
{
    private static readonly ListOrder<ServiceOddity> newest = new ListOrder<ServiceOddity>("service-signals")
        .ByNewest(odd => odd.Since)
        .By(IdOf);

    public static void MapServiceSignalsApi(this IEndpointRouteBuilder app) =>
        app.MapGet(
                "/api/v1/signals/services",
                async (
                    [FromServices] IEnumerable<IServiceBehaviour> sources,
                    [AsParameters] PageAsked asked,
                    CancellationToken cancellation
                ) =>
                {
                    var all = new List<ServiceOddity>();
                    var looks = new List<ServiceLookAnswer>();
                    foreach (var source in sources)
                    {
                        var look = await source.LookAsync(cancellation);
                        all.AddRange(look.Odd);
                        looks.Add(new ServiceLookAnswer(source.Looks, look.LookedAt, look.Trouble, look.Young));
                    }
                    var page = newest.Page(all, asked, Answer);
                    return TypedResults.Ok(new ServiceSignalsAnswer(page.Items, page.Next, looks));
                }
            )
            .RequireAuthorization(Policies.Admin)
            .WithTags("Access")
            .WithSummary("What is unlike services beside what is usual of them, and how far that is known");

    private static string IdOf(ServiceOddity odd) => $"{odd.Tenant}/{odd.Service}/{odd.What}";

    private static ServiceSignalAnswer Answer(ServiceOddity odd) =>
        new(
            IdOf(odd),
            odd.Tenant,
            odd.Service,
            odd.What,
            odd.Detail,
            odd.Meaning,
            odd.EndedAt is null ? "open" : "ended",
            odd.Since,
            odd.EndedAt
        );
}
