namespace Sevensa.Dashboard.Features.Identity.Pages;

/// <summary>A program of the platform that lets people in by the dashboard, worked out: what is entered here, and what there.</summary>
/// <param name="Redirect">Path at which it takes people back who signed in.</param>
/// <param name="Left">Path at which it takes people back who signed out; null where it knows none.</param>
/// <param name="Backchannel">Path at which it is told that a session ended; null where it can't be told.</param>
/// <param name="Words">What there is to know beside the settings.</param>
/// <param name="Template">Its settings; <c>{issuer}</c> is the dashboard's address with a slash at the end, <c>{at}</c> the program's without.</param>
public sealed record ClientExample(
    string Id,
    string Name,
    string Placeholder,
    string Redirect,
    string? Left,
    string? Backchannel,
    string Words,
    string Template
)
{
    /// <summary>In the order of the page.</summary>
    public static IReadOnlyList<ClientExample> All { get; } =
    [
        new(
            "grafana",
            "Grafana",
            "https://grafana.example.org",
            "/login/generic_oauth",
            "/login",
            null,
            "In grafana.ini. The role here becomes the role there: administrators Admin, operators Editor, others Viewer.",
            """
            [auth.generic_oauth]
            enabled = true
            name = Sevensa
            client_id = grafana
            client_secret = $__file{/run/secrets/grafana_client_secret}
            scopes = openid profile email
            auth_url = {issuer}connect/authorize
            token_url = {issuer}connect/token
            api_url = {issuer}connect/userinfo
            use_pkce = true
            login_attribute_path = preferred_username
            name_attribute_path = name
            email_attribute_path = email || join('@', [preferred_username, '{host}'])
            role_attribute_path = role == 'admin' && 'Admin' || role == 'operator' && 'Editor' || 'Viewer'
            role_attribute_strict = true
            signout_redirect_url = {issuer}connect/logout?client_id=grafana&post_logout_redirect_uri={left}
            """
        ),
        new(
            "n8n",
            "n8n",
            "https://n8n.example.org",
            "/rest/sso/oidc/callback",
            null,
            null,
            "Under Settings → SSO → OIDC, which takes a licence. Without one, put it behind forward authentication instead. Compare the redirect address with the one that n8n shows.",
            """
            Discovery endpoint  {issuer}.well-known/openid-configuration
            Client ID           n8n
            Client secret       the one that is shown here once
            """
        ),
        new(
            "rentguy",
            "RentGuy",
            "https://app.rentguy.example",
            "/signin-oidc",
            "/signout-callback-oidc",
            null,
            "ASP.NET Core's own handler, in Program.cs. Let in whoever has your tenant: the claim tenants contains it, or is *.",
            """
            builder.Services.AddAuthentication("cookie").AddCookie("cookie").AddOpenIdConnect("sevensa", options =>
            {
                options.Authority = "{issuer}";
                options.ClientId = "rentguy";
                options.ClientSecret = File.ReadAllText("/run/secrets/rentguy_client_secret").Trim();
                options.ResponseType = "code";
                options.MapInboundClaims = false;
                options.GetClaimsFromUserInfoEndpoint = true;
                options.Scope.Add("profile");
                options.TokenValidationParameters.RoleClaimType = "role";
            });
            """
        ),
        new(
            "psra",
            "PSRA",
            "https://psra.example.org",
            "/back",
            "/left",
            "/backchannel-logout",
            "openid-client in Node. Keep verifier and state in the browser's session until it comes back; end its session when a logout token names the sid that it began with.",
            """
            import * as oidc from 'openid-client';
            const server = await oidc.discovery(new URL('{issuer}'), 'psra', process.env.PSRA_CLIENT_SECRET);
            // Where somebody has to sign in:
            const verifier = oidc.randomPKCECodeVerifier(), state = oidc.randomState();
            const to = oidc.buildAuthorizationUrl(server, {
              redirect_uri: '{at}/back', scope: 'openid profile', state,
              code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
            });
            // At /back, with the address that was asked for:
            const tokens = await oidc.authorizationCodeGrant(server, url, { pkceCodeVerifier: verifier, expectedState: state });
            const { sub, role, tenants, sid } = tokens.claims();
            """
        ),
    ];

    /// <summary>Its settings, for this dashboard and the program where it is.</summary>
    /// <param name="issuer">With a slash at the end.</param>
    public string SettingsFor(Uri issuer, string at) =>
        Template
            .Replace("{issuer}", issuer.AbsoluteUri, StringComparison.Ordinal)
            .Replace("{host}", issuer.Host, StringComparison.Ordinal)
            .Replace("{left}", Uri.EscapeDataString(at + Left), StringComparison.Ordinal)
            .Replace("{at}", at, StringComparison.Ordinal);
}
