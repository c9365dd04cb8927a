using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Passkeys;

internal static class PasskeySetup
{
    public static void AddPasskeys(this IServiceCollection services)
    {
        services.AddScoped<IPasskeyHandler<AppUser>, PasskeyHandler<AppUser>>();
        services.AddScoped<PasskeyDesk>();
        services.AddScoped<PasskeyProof>();
        services.AddSingleton<PasskeyStates>();
        services
            .AddOptions<IdentityPasskeyOptions>()
            .Configure<PublicAddress>(
                (options, address) =>
                {
                    options.UserVerificationRequirement = "required";
                    options.ResidentKeyRequirement = "required";
                    if (address.Set is not { } set)
                    {
                        // As each request names it, which the framework compares with what the browser says.
                        return;
                    }
                    var uri = new Uri(set);
                    var origin = uri.GetLeftPart(UriPartial.Authority);
                    options.ServerDomain = uri.Host;
                    options.ValidateOrigin = context =>
                        ValueTask.FromResult(
                            !context.CrossOrigin
                                && string.Equals(context.Origin, origin, StringComparison.OrdinalIgnoreCase)
                        );
                }
            );
    }
}
