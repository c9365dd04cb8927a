using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Accounts.Signals;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Identity.Access;

/// <param name="Session">What stays of the session's id when its person proves anew who they are.</param>
/// <param name="Kind"><c>newDevice</c>, <c>unusualHour</c>, <c>denials</c>, <c>reads</c> or <c>impossibleTravel</c>.</param>
/// <param name="Detail">What was seen.</param>
/// <param name="Meaning">What it can mean.</param>
/// <param name="Advice">What to do about it.</param>
/// <param name="State"><c>open</c> while the session is in doubt, <c>lifted</c>, or <c>ended</c> with the session and never lifted.</param>
internal sealed record SignalAnswer(
    string Id,
    string PersonId,
    string? UserName,
    string Session,
    string Kind,
    DateTimeOffset At,
    string Detail,
    string Meaning,
    string Advice,
    string State,
    DateTimeOffset? LiftedAt,
    string? LiftedBy
);

/// <summary>What was unlike somebody, for administrators; and the count of what is taken out at once.</summary>
internal static class SignalsApi
{
    public static void MapSignalsApi(this IEndpointRouteBuilder app)
    {
        app.MapPost(
                "/api/v1/signals/{id}/lift",
                async (
                    string id,
                    ProvenBody body,
                    AccessDesk desk,
                    ICurrentCaller current,
                    CancellationToken cancellation
                ) =>
                {
                    await desk.EndDoubtByProofAsync(
                        await current.GetAsync(cancellation),
                        id,
                        body.StepUp,
                        cancellation
                    );
                    return TypedResults.NoContent();
                }
            )
            .RequireAuthorization(Policies.Admin)
            .WithTags("Access")
            .WithSummary("Somebody was asked by another way and it was them: ends all doubt in that session of theirs");
        app.MapGet(
                "/api/v1/signals",
                async (
                    SignalStore signals,
                    PersonStore people,
                    [AsParameters] PageAsked asked,
                    CancellationToken cancellation
                ) =>
                {
                    var page = await signals.PageAsync(asked, cancellation);
                    var goOn = await signals.GoOnAsync(page.Items, cancellation);
                    var names = (await people.ListAsync(cancellation)).ToDictionary(
                        person => person.Id,
                        person => person.UserName
                    );
                    return TypedResults.Ok(
                        page.Select(row => new SignalAnswer(
                            row.Id,
                            row.PersonId,
                            names.GetValueOrDefault(row.PersonId),
                            row.Session,
                            row.Kind,
                            row.At,
                            row.Detail,
                            SignalKinds.Meaning(row.Kind),
                            SignalKinds.Advice,
                            SignalKinds.StateOf(row, goOn),
                            row.LiftedAt,
                            row.LiftedBy
                        ))
                    );
                }
            )
            .RequireAuthorization(Policies.Admin)
            .WithTags("Access")
            .WithSummary(
                "What was unlike somebody in their sessions of the last month, with what it means and how it stands"
            );
    }

    /// <summary>Files that hold much at once, as pages offer them.</summary>
    public static void UseCountedReads(this IApplicationBuilder app) =>
        app.Use(
            (context, next) =>
            {
                if (
                    context.GetEndpoint()?.Metadata.GetMetadata<HandsOutMuch>() is not null
                    && Caller.From(context.User) is { } caller
                )
                {
                    context.RequestServices.GetRequiredService<IBehaviour>().NoteRead(caller);
                }
                return next(context);
            }
        );
}
