using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.AspNetCore.Components.Server.Circuits;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Access;

/// <summary>Who asks. In a circuit the account is looked at again each time, so that a revoked operator has no power left in an open page.</summary>
internal sealed class CurrentCaller(
    IServiceProvider services,
    IHttpContextAccessor http,
    CircuitMark mark,
    SessionCheck sessions
) : ICurrentCaller
{
    public async ValueTask<Caller> GetAsync(CancellationToken cancellation = default)
    {
        if (!mark.InCircuit && http.HttpContext is { } context)
        {
            return Caller.From(context.User) ?? throw new UnauthorizedAccessException("Nobody is signed in.");
        }
        var state = await services.GetRequiredService<AuthenticationStateProvider>().GetAuthenticationStateAsync();
        if (state.User.Identity?.IsAuthenticated != true)
        {
            throw new UnauthorizedAccessException("Nobody is signed in.");
        }
        var fresh = await sessions.RefreshAsync(state.User, cancellation);
        return (fresh is null ? null : Caller.From(fresh))
            ?? throw new UnauthorizedAccessException("The session was ended. Sign in again.");
    }
}

/// <summary>Set in the scope of a circuit, where <see cref="IHttpContextAccessor"/> must not be asked.</summary>
internal sealed class CircuitMark : CircuitHandler
{
    public bool InCircuit { get; private set; }

    public override Task OnCircuitOpenedAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        InCircuit = true;
        return Task.CompletedTask;
    }
}

/// <summary>
/// Signs a circuit out soon after its account or session was revoked, or a role or tenant was taken away that its pages may be
/// showing: signing in leads back, with what is left.
/// </summary>
internal sealed class CircuitAuthentication(ILoggerFactory logs, SessionCheck sessions)
    : RevalidatingServerAuthenticationStateProvider(logs)
{
    // With the three seconds for which an account is remembered, and what shutting thousands of pages takes, within five.
    protected override TimeSpan RevalidationInterval => TimeSpan.FromSeconds(1.5);

    protected override async Task<bool> ValidateAuthenticationStateAsync(
        AuthenticationState authenticationState,
        CancellationToken cancellationToken
    )
    {
        if (Caller.From(authenticationState.User) is not { } then)
        {
            return true;
        }
        try
        {
            return await sessions.RefreshAsync(authenticationState.User, cancellationToken) is { } today
                && Caller.From(today) is { } caller
                && caller.Covers(then);
        }
        catch (Exception exception) when (StoreFault.In(exception) is not null)
        {
            // Nobody was revoked: it can't be looked up now, and without the store the page can't do or read anything either.
            return true;
        }
    }
}

internal sealed class AuditReaders(ICurrentCaller current, ITenantNames tenants, IStrangers strangers) : IAuditReaders
{
    public async ValueTask<AuditReader> CurrentAsync(CancellationToken cancellation = default)
    {
        var caller = await current.GetAsync(cancellation);
        return new AuditReader(caller.Role == Role.Admin, [.. caller.Tenants.Ids]);
    }

    public async ValueTask NoteUnseenAsync(string tenant, CancellationToken cancellation = default)
    {
        if ((await tenants.NamesAsync(cancellation)).Any(one => one.Id == tenant))
        {
            await strangers.RecordAsync(await current.GetAsync(cancellation), $"the tenant {tenant}", cancellation);
        }
    }
}
