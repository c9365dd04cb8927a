using System.CommandLine;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server.Circuits;
using Microsoft.AspNetCore.Identity;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Access;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Accounts.External;
using Sevensa.Dashboard.Features.Identity.Accounts.Factors;
using Sevensa.Dashboard.Features.Identity.Accounts.Leaving;
using Sevensa.Dashboard.Features.Identity.Accounts.Passkeys;
using Sevensa.Dashboard.Features.Identity.Accounts.Passwords;
using Sevensa.Dashboard.Features.Identity.Accounts.Places;
using Sevensa.Dashboard.Features.Identity.Accounts.Roles;
using Sevensa.Dashboard.Features.Identity.Accounts.Signals;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.ForwardAuth;
using Sevensa.Dashboard.Features.Identity.Providers;
using Sevensa.Dashboard.Features.Identity.Shell;
using Sevensa.Dashboard.Features.Identity.Tokens;
using Sevensa.Dashboard.Features.Identity.Tokens.Keys;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity;

internal static class IdentityFeature
{
    public static IReadOnlyList<Command> Commands { get; } = [RecoverAdmin.Command];

    public static void AddIdentity(this WebApplicationBuilder builder)
    {
        builder.AddCheckedOptions<IdentityOptions>("Identity");
        builder.AddCheckedOptions<SignalOptions>("Identity:Signals");
        builder.AddCheckedOptions<PlaceOptions>("Identity:Places");
        builder.AddCheckedList<ProtectedServiceOptions>("ProtectedServices", nameof(ProtectedServiceOptions.Name));
        var services = builder.Services;
        services.AddSchemes();
        services.AddPolicies();
        services.AddCascadingAuthenticationState();
        services.AddAntiforgery(options =>
        {
            options.Cookie.Name = "sevensa.antiforgery";
            // What a request's scheme is, is said by the public address.
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
        AddAccounts(builder);
        builder.AddOidcServer();
        builder.AddProviders();
        builder.AddApiDocument();
        builder.AddHealth();
        services.AddSingleton<PersonalTokenStore>();
        services.AddSingleton<TicketStore>();
        services.AddSingleton(provider =>
        {
            var read = new ReadTokens(provider.GetRequiredService<TimeProvider>());
            // What was checked by keys of before is checked anew.
            provider.GetRequiredService<SigningKeys>().Renewed += read.Forget;
            return read;
        });
        services.AddSingleton<IOutlivedRows>(provider => provider.GetRequiredService<TicketStore>());
        services.AddSingleton<AccessDesk>();
        services.AddSingleton<PowersToday>();
        services.AddSingleton<RolesToday>();
        services.AddSingleton<IConfigurationPart, ConfiguredClients>();
        services.AddSingleton<IConfigurationPart, ConfiguredRoles>();
        services.AddSingleton<ProviderNews>();
        services.AddSingleton<IConnections, ProviderConnections>();
        services.AddSingleton<IAuditNames, AccessNames>();
        services.AddSingleton<FailureLimiter>();
        services.AddSingleton<SessionCheck>();
        services.AddSingleton<ProtectedServices>();
        services.AddSingleton<IRoleUse>(provider => provider.GetRequiredService<ProtectedServices>());
        services.AddSingleton<IRoleUse, RolesOfGrants>();
        services.AddSingleton<ServiceEntry>();
        services.AddSingleton<RightsToday>();
        services.AddSingleton<IStandingRights, StandingRights>();
        services.AddSingleton<RightsWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<RightsWatch>());
        services.AddSingleton<IStrangers, Strangers>();
        services.AddScoped<CircuitMark>();
        services.AddScoped<CircuitHandler>(provider => provider.GetRequiredService<CircuitMark>());
        services.AddScoped<AuthenticationStateProvider, CircuitAuthentication>();
        services.AddScoped<ICurrentCaller, CurrentCaller>();
        services.AddScoped<IAuditReaders, AuditReaders>();
        services.AddSingleton<IProblemSource, IdentityProblems>();
        services.AddSingleton<IStartStep, SandboxPeople>();
    }

    /// <summary>Who somebody is and what they may, for everything that is mapped.</summary>
    public static void UseIdentity(this WebApplication app)
    {
        app.UseWaitForStart();
        app.UseRefusalPage();
        // Named here, since it would stand before everything else: an endpoint is looked for once all of them are there.
        app.UseRouting();
        app.UseTokenLimit();
        app.UseCircuitOrigin();
        app.UseAuthentication();
        app.Use(
            (context, next) =>
            {
                if (context.Request.Path == "/" && Caller.From(context.User) is { IsStaff: false })
                {
                    context.Response.Redirect(context.Local("/portal"));
                    return Task.CompletedTask;
                }
                return next(context);
            }
        );
        app.UseAuthorization();
        app.Use(PassTenantDoorAsync);
        app.UseRequestText();
        app.UseQueryTimes();
        app.UseRequestBodies();
        app.UseIdempotency(context =>
            Caller.From(context.User) is { } caller ? $"{caller.Subject} {caller.Client}" : null
        );
        app.Use(RecordRefusalAsync);
        app.UseCountedReads();
        var watch = app.Services.GetRequiredService<RightsWatch>();
        app.Use(
            (context, next) =>
                Caller.From(context.User) is { } caller ? watch.WatchAsync(context, caller, next) : next(context)
        );
        app.MapAlive();
    }

    public static void MapIdentity(this IEndpointRouteBuilder app)
    {
        app.MapHealth();
        app.MapApiDocument();
        app.MapOidcServer();
        app.MapProviders();
        app.MapTickets();
        app.MapForwardAuth();
        app.MapAccessApi();
        app.MapPersonalTokenApi();
        app.MapStepUpApi();
        app.MapSignalsApi();
        app.MapServiceSignalsApi();
        app.MapPowersApi();
        app.MapRolesApi();
        app.MapSigningKeysApi();
        app.MapExternalPeopleApi();
        app.MapPost(
                "/sign-out",
                async (HttpContext context, SignInDesk desk, Arrivals arrivals) =>
                {
                    var provider = await arrivals.LeaveAsync(context);
                    await desk.SignOutAsync(context);
                    return Results.LocalRedirect(
                        context.Local(provider is null ? "/signin" : $"{ProviderSchemes.Path}?left={provider}")
                    );
                }
            )
            // The session cookie is SameSite=Lax: a form of another site arrives without it and ends nothing.
            .AllowAnonymous()
            .DisableAntiforgery()
            .ExcludeFromDescription();
    }

    private static void AddAccounts(WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services
            .AddIdentityCore<AppUser>(options =>
            {
                options.User.AllowedUserNameCharacters =
                    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._@+";
                // Length, as NIST SP 800-63B advises, instead of rules about kinds of characters.
                options.Password.RequiredLength = builder.Environment.IsSandbox() ? 6 : 12;
                options.Password.RequireDigit = false;
                options.Password.RequireLowercase = false;
                options.Password.RequireUppercase = false;
                options.Password.RequireNonAlphanumeric = false;
            })
            .AddUserStore<SealedAccountStore>()
            .AddPasswordValidator<WellKnownPasswords>()
            .AddTokenProvider<AppCodes>(TokenOptions.DefaultAuthenticatorProvider);
        services.AddSingleton<BreachedPasswords>();
        services.AddSingleton<UsedCodes>();
        services.AddSingleton<Tries>();
        services.AddSingleton<KnownBrowsers>();
        services.AddSingleton<SignInTries>();
        services.AddSingleton<IOutlivedRows>(provider => provider.GetRequiredService<UsedCodes>());
        services.AddSingleton<SecondFactor>();
        services.AddSingleton<PasskeyStore>();
        services.AddSingleton<ClaimedAccounts>();
        services.AddSingleton<ExternalPeople>();
        services.AddSingleton<IOutlivedRows>(provider => provider.GetRequiredService<ExternalPeople>());
        services.AddSingleton<PasswordPassed>();
        services.AddSingleton<FactorDesk>();
        services.AddPasskeys();
        services.AddSingleton<PersonStore>();
        services.AddSingleton<IRecordWitness>(provider => provider.GetRequiredService<PersonStore>());
        services.AddSingleton<SessionStore>();
        services.AddSingleton<LogoutStore>();
        services.AddSingleton<IOutlivedRows>(provider => provider.GetRequiredService<LogoutStore>());
        services.AddSingleton<OneTimeLinkStore>();
        services.AddSingleton<IOutlivedRows>(provider => provider.GetRequiredService<SessionStore>());
        services.AddSingleton<IOutlivedRows>(provider => provider.GetRequiredService<OneTimeLinkStore>());
        services.AddSingleton<RoleStore>();
        services.AddSingleton<RoleDesk>();
        services.AddSingleton<AccountDesk>();
        services.AddSingleton<StepUp>();
        services.AddSingleton<PageProof>();
        services.AddSingleton<IStepUp>(provider => provider.GetRequiredService<StepUp>());
        services.AddSingleton<IOutlivedRows>(provider => provider.GetRequiredService<StepUp>());
        services.AddSingleton<IPeople>(provider => provider.GetRequiredService<PersonStore>());
        services.AddScoped<SignInDesk>();
        services.AddSignals();
        services.AddHostedService<FirstAdministrator>();
        services.AddSingleton<IProgramCommand, RecoverAdmin>();
    }

    private static Task PassTenantDoorAsync(HttpContext context, RequestDelegate next)
    {
        if (
            context.Request.Path.StartsWithSegments("/api")
            && context.Request.RouteValues.TryGetValue("tenant", out var tenant)
            && Caller.From(context.User) is { } caller
        )
        {
            var door = context.RequestServices.GetRequiredService<ITenantDoor>();
            var passed = door.PassAsync(caller, (string)tenant!, context.RequestAborted);
            if (!passed.IsCompletedSuccessfully)
            {
                return GoOnAsync(passed);
            }
        }
        return next(context);

        async Task GoOnAsync(ValueTask passed)
        {
            await passed;
            await next(context);
        }
    }

    private static async Task RecordRefusalAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (ForbiddenException refusal) when (!refusal.IsRecorded && Caller.From(context.User) is { } caller)
        {
            var audit = context.RequestServices.GetRequiredService<IAuditLog>();
            await Refusals.RecordAsync(audit, context, caller, refusal);
            throw;
        }
    }
}
