using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Sevensa.Dashboard.Features.Identity.Providers;

/// <summary>A scheme of the framework's OpenID Connect handler for each provider that is configured.</summary>
internal static class ProviderSchemes
{
    /// <summary>Everything about providers is below.</summary>
    public const string Path = "/signin/external";
    private const string Prefix = "provider.";

    public static string Of(string name) => Prefix + name;

    /// <summary>Whether a request for this path can be a provider's answer.</summary>
    public static bool Concern(PathString path) => path.StartsWithSegments(Path);

    public static bool IsOne(AuthenticationScheme scheme) => scheme.HandlerType == typeof(OpenIdConnectHandler);

    public static void AddProviders(this WebApplicationBuilder builder)
    {
        var authentication = builder.Services.AddAuthentication();
        foreach (
            var name in builder.Configuration.GetSection("Identity:Providers").GetChildren().Select(one => one.Key)
        )
        {
            authentication.AddOpenIdConnect(Of(name), _ => { });
        }
        builder.Services.AddSingleton<IConfigureOptions<OpenIdConnectOptions>, Setup>();
        builder.Services.AddSingleton<Arrivals>();
        builder.Services.AddScoped<ProviderDesk>();
        builder.Services.AddSingleton<ProviderLogout>();
        builder.Services.AddSingleton<GrantDesk>();
        builder.Services.AddSingleton<LinkDesk>();
        builder.Services.AddSingleton<WaitingDesk>();
    }

    /// <summary>How each is asked. Nothing of a provider is fetched before somebody wants to sign in by it.</summary>
    private sealed class Setup(IOptions<IdentityOptions> identity) : IConfigureNamedOptions<OpenIdConnectOptions>
    {
        public void Configure(OpenIdConnectOptions options) { }

        public void Configure(string? scheme, OpenIdConnectOptions options)
        {
            if (
                scheme is null
                || !scheme.StartsWith(Prefix, StringComparison.Ordinal)
                || !identity.Value.Providers.TryGetValue(scheme[Prefix.Length..], out var provider)
            )
            {
                return;
            }
            var name = scheme[Prefix.Length..];
            options.Authority = provider.Authority;
            options.RequireHttpsMetadata = !provider.IsLoopback;
            options.ClientId = provider.ClientId;
            options.ClientSecret = SecretIn(provider.ClientSecretFile);
            options.ResponseType = OpenIdConnectResponseType.Code;
            // The answer is a link: with it comes the session's cookie, which a form of another site is not given.
            options.ResponseMode = OpenIdConnectResponseMode.Query;
            options.UsePkce = true;
            options.CallbackPath = $"{Path}/{name}/callback";
            options.SignedOutCallbackPath = $"{Path}/{name}/left";
            options.SignedOutRedirectUri = "/signin";
            // Sessions here end here, or by an administrator: not by any address that somebody is led to.
            options.RemoteSignOutPath = default;
            options.SignInScheme = IdentityConstants.ApplicationScheme;
            options.GetClaimsFromUserInfoEndpoint = true;
            options.MapInboundClaims = false;
            options.BackchannelTimeout = TimeSpan.FromSeconds(10);
            options.BackchannelHttpHandler = new SocketsHttpHandler { AllowAutoRedirect = false };
            options.Scope.Clear();
            foreach (var scope in provider.Scopes.Count > 0 ? provider.Scopes : ["profile"])
            {
                options.Scope.Add(scope);
            }
            options.Scope.Add("openid");
            // The identity token is taken whole; of the rest, which is not signed, nothing but this.
            options.ClaimActions.Clear();
            options.ClaimActions.MapJsonKey(provider.NameClaim, provider.NameClaim);
            var (head, rest) = ExternalClaims.Split(provider.GroupsClaim);
            options.ClaimActions.MapJsonKey(provider.GroupsClaim, provider.GroupsClaim);
            if (rest is not null)
            {
                options.ClaimActions.MapCustomJson(
                    head,
                    json => json.TryGetProperty(head, out var value) ? value.GetRawText() : null
                );
            }
            foreach (var cookie in new[] { options.CorrelationCookie, options.NonceCookie })
            {
                cookie.SameSite = SameSiteMode.Lax;
                cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
                cookie.HttpOnly = true;
            }
            options.CorrelationCookie.Name = "sevensa.way.";
            options.NonceCookie.Name = "sevensa.nonce.";
            // Its discovery document may say anything; who it is, is what the configuration says.
            options.TokenValidationParameters.IssuerValidator = (issuer, _, _) =>
                provider.IsIssuer(issuer)
                    ? issuer
                    : throw new SecurityTokenInvalidIssuerException($"The token is of \"{issuer}\".")
                    {
                        InvalidIssuer = issuer,
                    };
            options.Events = ProviderEvents.Of(name, provider);
        }

        /// <summary>It was there at start; without it the provider itself says that this client is not known.</summary>
        private static string? SecretIn(string? file)
        {
            try
            {
                return string.IsNullOrEmpty(file) ? null : File.ReadAllText(file).Trim();
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }
}
