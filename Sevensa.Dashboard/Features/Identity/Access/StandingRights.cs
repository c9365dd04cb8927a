using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.Tokens;

namespace Sevensa.Dashboard.Features.Identity.Access;

/// <inheritdoc cref="IStandingRights"/>
internal sealed class StandingRights(TokenCallers callers, PersonalTokenStore personal, TokenFamilyStore families)
    : IStandingRights
{
    public async ValueTask<Caller?> TodayAsync(StandingRight right, CancellationToken cancellation)
    {
        if (right is not { Client: { } client, Token: { } token })
        {
            return right.IsPerson
                ? await callers.PersonAsync(right.Subject, cancellation)
                : await callers.ProgramAsync(right.Subject, cancellation);
        }
        if (PersonalTokenStore.IsOf(client))
        {
            var owner = (await personal.CallersTodayAsync([token], cancellation)).GetValueOrDefault(token);
            return owner?.Subject == right.Subject ? owner : null;
        }
        return await OfProgramAsync(right.Subject, client, token, cancellation);
    }

    private async ValueTask<Caller?> OfProgramAsync(
        string subject,
        string clientId,
        string token,
        CancellationToken cancellation
    )
    {
        if (await callers.FindClientAsync(clientId, cancellation) is not { } client)
        {
            return null;
        }
        var own = await callers.OfClientAsync(client, cancellation);
        var isOwn = own?.Subject == subject;
        var caller =
            isOwn ? own
            : client.AsksPeople ? await callers.OfPersonAsync(client, subject, cancellation)
            : null;
        if (caller is null)
        {
            return null;
        }
        var given = await families.GivenAsync(token, cancellation);
        if (given is null)
        {
            // Nobody keeps rows of tokens that ran out long ago. What a person allowed stands as long as the program renews it.
            return isOwn || (await families.ProgramsAsync(subject, cancellation)).Contains(clientId)
                ? caller with
                {
                    Token = token,
                }
                : null;
        }
        return
            given.Holds
            && given.Subject == subject
            && (given.Client is null || given.Client == clientId)
            && await callers.HasMarkAsync(subject, given.Mark, cancellation)
            ? caller with
            {
                Token = token,
                Scopes = caller.Scopes & given.Scopes,
            }
            : null;
    }
}
