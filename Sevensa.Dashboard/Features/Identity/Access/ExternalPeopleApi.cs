using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Accounts.External;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.Providers;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Identity.Access;

/// <param name="Name">As the provider calls them: compare the subject, which nobody chooses.</param>
internal sealed record ExternalPersonAnswer(
    string Id,
    string Provider,
    string Subject,
    string Name,
    DateTimeOffset FirstSeenAt,
    DateTimeOffset LastSeenAt
);

/// <summary>People who signed in by a provider and wait for somebody to give them access.</summary>
internal static class ExternalPeopleApi
{
    private static readonly ListOrder<ExternalPersonRow> newest = new ListOrder<ExternalPersonRow>("external-people")
        .ByNewest(row => row.LastSeenAt)
        .By(row => row.Id);

    public static void MapExternalPeopleApi(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api/v1/external-people").RequireAuthorization(Policies.Admin).WithTags("Access");
        api.MapGet(
                "",
                async (ExternalPeople external, [AsParameters] PageAsked asked, CancellationToken cancellation) =>
                    TypedResults.Ok(newest.Page(await external.WaitingAsync(cancellation), asked, Answer))
            )
            .WithSummary("People who signed in by a provider and have no account here, the last to come first");
        api.MapPost(
                "/{id}/account",
                async (
                    string id,
                    NewPerson asked,
                    WaitingDesk desk,
                    ICurrentCaller current,
                    CancellationToken cancellation
                ) =>
                {
                    var userName = asked.UserName ?? "";
                    var person = await desk.GiveAsync(
                        await current.GetAsync(cancellation),
                        id,
                        userName,
                        new AccountChange(
                            asked.DisplayName ?? userName,
                            asked.Role,
                            asked.Tenants ?? [],
                            asked.CustomRole
                        ),
                        null,
                        cancellation
                    );
                    return TypedResults.Created("/api/v1/people", PersonAnswer.Of(person, 0));
                }
            )
            .WithSummary("Makes an account for one of them, by which their provider lets them in");
        api.MapDelete(
                "/{id}",
                async (string id, WaitingDesk desk, ICurrentCaller current, CancellationToken cancellation) =>
                {
                    await desk.RemoveAsync(await current.GetAsync(cancellation), id, cancellation);
                    return TypedResults.NoContent();
                }
            )
            .WithSummary("Takes one of them off the list, until they come again");
    }

    private static ExternalPersonAnswer Answer(ExternalPersonRow row) =>
        new(row.Id, row.Provider, row.Subject, row.Name, row.FirstSeenAt, row.LastSeenAt);
}
