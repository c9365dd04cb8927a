using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity.Providers;

/// <summary>A provider that lets everybody in as Eve, without a question, and answers wrongly in one manner when it is told to.</summary>
internal sealed class ScriptedProvider : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly RSA right = RSA.Create(2048);
    private readonly RSA wrong = RSA.Create(2048);
    private string nonce = "";

    private ScriptedProvider(WebApplication app) => this.app = app;

    public string Url { get; private init; } = "";

    /// <summary>What it does wrong.</summary>
    public string Twist { get; set; } = "";

    public object[] Groups { get; set; } = [];

    /// <summary>Which of all Eves it is.</summary>
    public string Subject { get; set; } = "eve-1";

    /// <summary>When it says that she proved who she is; null for nothing.</summary>
    public DateTimeOffset? ProvedAt { get; set; }

    /// <summary>Its name of the session in which it lets her in; null for none.</summary>
    public string? Session { get; set; }

    /// <summary>It says that her groups are more than it names.</summary>
    public bool AreCut { get; set; }

    public void Be(string subject, object[] groups, DateTimeOffset? provedAt = null) =>
        (Subject, Groups, ProvedAt, AreCut, Twist, Session) = (subject, groups, provedAt, false, "", null);

    /// <summary>What it sends when somebody has left, good but for what is changed.</summary>
    public string LogoutToken(
        Action<Dictionary<string, object>> change,
        string type = "logout+jwt",
        string signed = "right"
    )
    {
        var now = TimeProvider.System.GetUtcNow();
        var claims = new Dictionary<string, object>
        {
            ["iss"] = Url,
            ["aud"] = "sevensa",
            ["sub"] = Subject,
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = now.AddMinutes(2).ToUnixTimeSeconds(),
            ["jti"] = Guid.NewGuid().ToString(),
            ["events"] = new Dictionary<string, object>
            {
                ["http://schemas.openid.net/event/backchannel-logout"] = new Dictionary<string, object>(),
            },
        };
        if (Session is { } session)
        {
            claims["sid"] = session;
        }
        change(claims);
        var key = new RsaSecurityKey(signed == "wrong" ? wrong : right) { KeyId = "k" };
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(
            new SecurityTokenDescriptor
            {
                TokenType = type,
                Claims = claims,
                SigningCredentials = signed switch
                {
                    "not" => null!,
                    "by what both know" => new SigningCredentials(
                        new SymmetricSecurityKey(right.ExportSubjectPublicKeyInfo()) { KeyId = "k" },
                        SecurityAlgorithms.HmacSha256
                    ),
                    _ => new SigningCredentials(key, SecurityAlgorithms.RsaSha256),
                },
            }
        );
    }

    public static async Task<ScriptedProvider> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var url = $"http://127.0.0.1:{Workspace.FreePort()}";
        builder.WebHost.UseUrls(url);
        var app = builder.Build();
        var it = new ScriptedProvider(app) { Url = url };
        app.MapGet(
            "/.well-known/openid-configuration",
            () =>
                Results.Json(
                    new
                    {
                        issuer = url,
                        authorization_endpoint = $"{url}/authorize",
                        token_endpoint = $"{url}/token",
                        jwks_uri = $"{url}/jwks",
                        response_types_supported = new[] { "code" },
                        subject_types_supported = new[] { "public" },
                        id_token_signing_alg_values_supported = new[] { "RS256" },
                    }
                )
        );
        // It names no address to sign in at.
        app.MapGet("/mute/.well-known/openid-configuration", () => Results.Json(new { issuer = $"{url}/mute" }));
        app.MapGet("/jwks", it.Keys);
        app.MapGet("/authorize", it.Authorize);
        app.MapPost("/token", it.Token);
        await app.StartAsync();
        return it;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        right.Dispose();
        wrong.Dispose();
    }

    private IResult Keys()
    {
        var key = JsonWebKeyConverter.ConvertFromRSASecurityKey(
            new RsaSecurityKey(right.ExportParameters(false)) { KeyId = "k" }
        );
        return Results.Json(
            new
            {
                keys = new[]
                {
                    new
                    {
                        kty = key.Kty,
                        kid = key.Kid,
                        use = "sig",
                        alg = "RS256",
                        n = key.N,
                        e = key.E,
                    },
                },
            }
        );
    }

    private IResult Authorize(HttpRequest request)
    {
        Assert.Equal("S256", request.Query["code_challenge_method"]);
        nonce = request.Query["nonce"].ToString();
        var answer = new Dictionary<string, string?> { ["state"] = request.Query["state"] };
        switch (Twist)
        {
            case "denied":
                answer["error"] = "access_denied";
                break;
            case "error":
                answer["error"] = "temporarily_unavailable";
                answer["error_description"] = "The <b>house</b> is full.";
                break;
            case "state":
                answer["state"] = "something else";
                answer["code"] = "c";
                break;
            case "issuer of the answer":
                answer["iss"] = "https://evil.example";
                answer["code"] = "c";
                break;
            default:
                answer["code"] = "c";
                break;
        }
        return Results.Redirect(QueryHelpers.AddQueryString(request.Query["redirect_uri"].ToString(), answer));
    }

    private IResult Token()
    {
        if (Twist == "no token")
        {
            return Results.Json(new { error = "invalid_client" }, statusCode: (int)HttpStatusCode.BadRequest);
        }
        // The framework holds a token against the machine's clock, whatever clock the program has.
        var now = DateTime.UtcNow;
        var (from, until) = Twist == "expired" ? (now.AddHours(-2), now.AddHours(-1)) : (now, now.AddMinutes(5));
        var claims = new Dictionary<string, object>
        {
            ["sub"] = Subject,
            ["preferred_username"] = "Eve",
            ["email"] = "admin@example.org",
            ["nonce"] = Twist == "nonce" ? "another" : nonce,
            ["realm_access"] = new Dictionary<string, object> { ["roles"] = Groups },
        };
        if (ProvedAt is { } at)
        {
            claims["auth_time"] = at.ToUnixTimeSeconds();
        }
        if (Session is { } session)
        {
            claims["sid"] = session;
        }
        if (AreCut)
        {
            claims["_claim_names"] = new Dictionary<string, object> { ["realm_access"] = "src1" };
        }
        var token = new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(
            new SecurityTokenDescriptor
            {
                Issuer = Twist == "issuer" ? "https://evil.example" : Url,
                Audience = Twist == "audience" ? "another-program" : "sevensa",
                IssuedAt = from,
                NotBefore = from,
                Expires = until,
                Claims = claims,
                SigningCredentials =
                    Twist == "unsigned"
                        ? null!
                        : new SigningCredentials(
                            new RsaSecurityKey(Twist == "signature" ? wrong : right) { KeyId = "k" },
                            SecurityAlgorithms.RsaSha256
                        ),
            }
        );
        return Results.Json(
            new
            {
                access_token = "a",
                token_type = "Bearer",
                expires_in = 300,
                id_token = token,
            }
        );
    }
}
