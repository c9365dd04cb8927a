using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Accounts.External;
using Sevensa.Dashboard.Features.Identity.Accounts.Factors;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Providers;

/// <summary>What becomes of somebody who comes back from a provider.</summary>
internal sealed class ProviderDesk(
    IOptions<IdentityOptions> identity,
    ExternalPeople external,
    ClaimedAccounts claimed,
    GrantDesk grants,
    PersonStore people,
    SignInDesk desk,
    PasswordPassed passed,
    LinkDesk links,
    Arrivals arrivals,
    IAuditLog audit,
    TimeProvider time
)
{
    public const string ReturnUrl = "returnUrl";
    public const string Again = "again";
    public const string Link = "link";

    /// <summary>Parameter of the page: an answer of this provider that nobody in this browser asked for.</summary>
    public const string Stray = "stray";

    /// <summary>When it was asked, Unix milliseconds, where they are to prove anew who they are.</summary>
    public const string AskedAt = "askedAt";

    /// <summary>How long ago somebody may have proved who they are there where it was to be done anew.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(5);

    /// <summary>So far its clock may be behind the one here.</summary>
    private static readonly TimeSpan Behind = TimeSpan.FromMinutes(1);

    /// <returns>Where they go on to.</returns>
    public async Task<string> ArriveAsync(
        HttpContext context,
        string name,
        ClaimsPrincipal principal,
        AuthenticationProperties properties
    )
    {
        var cancellation = context.RequestAborted;
        var provider = identity.Value.Providers[name];
        // The handler answers before anybody asked who sits in this browser.
        if (await context.AuthenticateAsync(IdentityConstants.ApplicationScheme) is { Principal: { } mine })
        {
            context.User = mine;
        }
        string? shown = null;
        try
        {
            var claims = ExternalClaims.Of(principal, provider);
            shown = claims.Name;
            var me = Caller.From(context.User);
            var ticket = properties.GetString(Link);
            var who = await external.SeenAsync(
                name,
                claims.Issuer,
                claims.Subject,
                claims.Name,
                isExpected: ticket is null ? claims.GivenBy(provider) is not null : links.HasBegun(me, ticket, name),
                cancellation
            );
            var isFresh = IsFresh(claims, properties);
            if (ticket is not null && isFresh)
            {
                await links.LinkAsync(me, ticket, who, cancellation);
                return context.Local("/me/providers");
            }
            if (ticket is not null)
            {
                // Whoever is signed in there may be somebody else: they see who it is before it is linked.
                return await links.MayLinkAsync(me, ticket, who, cancellation) is null
                    ? context.Local("/me/providers")
                    : arrivals.Keep(
                        context,
                        new Arrival(ArrivalKind.LinkAsked, name, who.Name, Passed: ticket, Link: who.Id)
                    );
            }
            var isAgain = properties.Items.ContainsKey(Again);
            if (isAgain && !isFresh)
            {
                throw new AccountException(
                    $"You were to sign in anew, and {provider.Shown(name)} does not say that you did. Sign in another way."
                );
            }
            var by = new Vouched(
                name,
                who.Id,
                MomentOf(claims, isAgain),
                IsAnew: isAgain,
                claims.Session is { } there ? ExternalSession.IdOf(name, claims.Issuer, there) : null
            );
            return await EnterAsync(context, provider, claims, who, by, properties.GetString(ReturnUrl));
        }
        catch (Exception exception) when (exception is AccountException or TextTooLongException)
        {
            var why = exception is UngivenException ungiven ? ungiven.Why : exception.Message;
            await RecordAsync(context, $"{name}: {shown ?? "somebody"}", why);
            return arrivals.Keep(context, new Arrival(ArrivalKind.Failed, name, shown, exception.Message));
        }
    }

    public async Task<string> FailAsync(HttpContext context, string name, Exception? failure)
    {
        var words = ProviderTroubles.Of(failure, identity.Value.Providers[name].Shown(name));
        await RecordAsync(context, name, words + ProviderTroubles.ForRecord(failure));
        // What nobody asked for in this browser says so, and takes the place of nothing that was.
        return ProviderTroubles.IsStray(failure)
            ? context.Local(ProviderSchemes.Path) + QueryString.Create(Stray, name)
            : arrivals.Keep(
                context,
                new Arrival(
                    failure is NoWayOutException ? ArrivalKind.StaysThere : ArrivalKind.Failed,
                    name,
                    Words: words
                )
            );
    }

    /// <summary>Whether they proved who they are there since they were sent to do so.</summary>
    private bool IsFresh(ExternalClaims claims, AuthenticationProperties properties) =>
        claims.ProvedAt is { } at
        && time.GetUtcNow() - at < Fresh
        && long.TryParse(properties.GetString(AskedAt), CultureInfo.InvariantCulture, out var asked)
        && at >= DateTimeOffset.FromUnixTimeMilliseconds(asked) - Behind;

    /// <summary>
    /// When they proved who they are, which may be long ago: whoever is signed in there is let in without a question. Done anew, it
    /// was done just now, though the clock there be behind; a clock that is ahead makes nothing younger.
    /// </summary>
    private DateTimeOffset? MomentOf(ExternalClaims claims, bool isAgain)
    {
        var now = time.GetUtcNow();
        return isAgain || claims.ProvedAt > now ? now : claims.ProvedAt;
    }

    private async Task<string> EnterAsync(
        HttpContext context,
        ProviderOptions provider,
        ExternalClaims claims,
        ExternalPersonRow who,
        Vouched by,
        string? returnUrl
    )
    {
        var (name, cancellation) = (by.Provider, context.RequestAborted);
        if (
            await grants.AccountOfAsync(who, provider, claims, cancellation) is not { } id
            || await people.FindAsync(id, cancellation) is not { } person
        )
        {
            await RecordAsync(context, $"{name}: {who.Name}", "Nobody has given them access");
            return arrivals.Keep(context, new Arrival(ArrivalKind.Stranger, name, who.Name));
        }
        if (person.Disabled)
        {
            throw new AccountException("Your account here is disabled. Ask an administrator.");
        }
        if (!await claimed.LetsInAsync(person.Id, who.Id, cancellation))
        {
            throw new AccountException(ClaimedAccounts.NoOtherWay);
        }
        if (person.HasSecondFactor && !claims.HasProvedTwice)
        {
            if (person.LockedUntil > time.GetUtcNow())
            {
                throw new AccountException("Your account is held for a while after too many wrong codes.");
            }
            return arrivals.Keep(
                context,
                new Arrival(
                    ArrivalKind.CodeNeeded,
                    name,
                    who.Name,
                    null,
                    passed.Of(person),
                    who.Id,
                    returnUrl,
                    by.Session
                )
            );
        }
        await desk.EnterAsync(
            context,
            person.Id,
            claims.HasProvedTwice ? SignInMethods.ProviderAndMore : SignInMethods.Provider,
            by
        );
        arrivals.LetIn(context, name);
        return context.Local("/signin") + QueryString.Create(ReturnUrl, returnUrl ?? "");
    }

    private async Task RecordAsync(HttpContext context, string target, string why)
    {
        // Not counted against the address: pages of others can lead a browser here as often as they like.
        await audit.AppendAsync(
            new AuditEntry(
                new AuditActor("person", "unknown", "Unknown"),
                "signin.failed",
                Target: target,
                Outcome: AuditOutcome.Refused,
                Detail: why
            ),
            context.RequestAborted
        );
    }
}
